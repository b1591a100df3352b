import { callError } from '../contract/errors.ts'
import type { CallError, FunctionDetails, JsonObject, ServerStatus } from '../contract/protocol.ts'
import { describe } from '../machines/routing.ts'
import { toolStatus } from '../machines/tool-status.ts'
import type { Switchboard } from '../switchboard.ts'
import type { Scope } from './client.ts'

/** A tool as the proxy lists it (MCP 2025-11-25, "Tool"). */
export interface OfferedTool extends FunctionDetails {
  name: string
  title?: string
  description: string
  inputSchema: JsonObject
}

/** The part of a switchboard that one client sees. A function that other servers offer as well is not in it. */
export class View {
  constructor(
    private readonly switchboard: Switchboard,
    private readonly scope: Scope,
  ) {}

  get isWhole(): boolean {
    return this.scope.servers === undefined && this.scope.functions === undefined
  }

  get tools(): OfferedTool[] {
    const tools = this.switchboard.functions
      .filter(({ name }) => this.allows(name))
      .map(({ name, title, description, inputSchema }): OfferedTool => {
        const details = this.switchboard.details(name) ?? { annotations: {} }
        return { name, ...(title === undefined ? {} : { title }), description, inputSchema, ...details }
      })
    const { name, description, inputSchema } = toolStatus
    return [...tools, { name, description, inputSchema, annotations: { readOnlyHint: true } }]
  }

  allows(functionName: string): boolean {
    if (this.isWhole || functionName === toolStatus.name) return true
    const { functions } = this.scope
    if (functions && !functions.includes(functionName)) return false
    const owners = this.switchboard.servers.filter((server) => server.functions.includes(functionName))
    return owners.length > 0 && owners.every((server) => this.#sees(server))
  }

  /** Whether it hears what a server logs. */
  hears(serverName: string): boolean {
    return this.scope.logs === true && this.#servers.some(({ name }) => name === serverName)
  }

  /** Names of servers that have this capability. Who is to see certain functions sees nothing else of their servers. */
  offering(capability: string): string[] {
    if (this.scope.functions) return []
    const offering = this.#servers.filter(({ peer }) => peer?.capabilities.includes(capability))
    return offering.map(({ name }) => name)
  }

  /** What its servers say of themselves, where their options let them. */
  get instructions(): string[] {
    const visible = new Set(this.#servers.map(({ name }) => name))
    return this.switchboard.instructions
      .filter(({ server }) => visible.has(server))
      .map(({ server, instructions }) => `${server}: ${instructions}`)
  }

  /** Of a function that is not to be seen: the same whether it is there or not. */
  unknown(functionName: string): CallError {
    const unlisted = this.#servers.filter(({ listed }) => !listed)
    if (unlisted.length > 0) {
      return callError(
        'server_unavailable',
        'none',
        `${functionName} is not known yet: ${inWords(unlisted)}.`,
      )
    }
    if (this.#awaited.includes(functionName)) {
      return callError('server_unavailable', 'none', notKnownYet([functionName]))
    }
    return callError('unknown_function', 'none', `No server offers a function named ${functionName}.`)
  }

  /** What `tool_status` tells who does not see everything. */
  get status(): string {
    const missing = this.#servers.filter(({ state }) => state !== 'ready' && state !== 'degraded')
    const awaited = this.#awaited
    const told = [
      ...(missing.length > 0 ? [`${inWords(missing)}.`] : []),
      ...(awaited.length > 0 ? [notKnownYet(awaited)] : []),
    ]
    if (told.length > 0) return told.join(' ')
    const names = this.tools.map(({ name }) => name).filter((name) => name !== toolStatus.name)
    return names.length === 0 ? 'No tools are configured.' : `All tools can be used: ${names.join(', ')}.`
  }

  /** Functions that it may see and nobody offers, while there are servers that have not listed theirs. Whose they are, nobody knows. */
  get #awaited(): string[] {
    const { servers, functions = [] } = this.scope
    const all = this.switchboard.servers
    if (servers || all.every(({ listed }) => listed)) return []
    return functions.filter((name) => !all.some((server) => server.functions.includes(name)))
  }

  get #servers(): ServerStatus[] {
    return this.switchboard.servers.filter((server) => this.#sees(server))
  }

  #sees({ name, functions }: ServerStatus): boolean {
    const { servers, functions: allowed } = this.scope
    if (servers) return servers.includes(name)
    return allowed === undefined || functions.some((one) => allowed.includes(one))
  }
}

function notKnownYet(names: readonly string[]): string {
  const are = names.length === 1 ? 'is' : 'are'
  return `${names.join(' and ')} ${are} not known yet: not all servers have listed their tools.`
}

function inWords(servers: readonly ServerStatus[]): string {
  const now = Date.now()
  const told = servers.map(({ name, state, since, lastError }) => {
    const reason = lastError === undefined ? '' : `, because ${lastError.replace(/\.$/, '')}`
    return `${describe(name, state, since, now)}${reason}`
  })
  return told.join('; ')
}
