import { type Actor, createActor } from 'xstate'
import type { ServerStatus } from '../../contract/protocol.ts'
import type { UserServer, UserServers } from '../../contract/user-servers.ts'
import type { EgressPolicy } from '../../egress/policy.ts'
import type { AgentServer } from '../agent-wire.ts'
import type { ToolChoice } from '../wire.ts'
import { type RegistryAddress, RegistryApi } from './api.ts'
import { RegisteredCredentials } from './credentials.ts'
import { createLink } from './link.ts'
import { userServersMachine } from './machine.ts'
import { StatusReporter } from './status-reporter.ts'

interface Known {
  server: AgentServer
  credentials: RegisteredCredentials
  told: UserServer
}

type Change = Parameters<Parameters<UserServers['subscribe']>[0]>[0]

export interface LiveUserServersOptions {
  address: RegistryAddress
  /** May be known later: until then nobody is asked. */
  userId: string | Promise<string>
  egress: EgressPolicy
  /** The registry cannot be reached, or refuses; for developers. It is asked again. */
  onProblem: (reason: string) => void
}

/** One caller's servers, as the registry has them now. */
export class LiveUserServers implements UserServers {
  readonly egress: EgressPolicy
  #servers: ReadonlyMap<string, UserServer> = new Map()
  readonly #known = new Map<string, Known>()
  readonly #listeners = new Set<(change: Change) => void>()
  readonly #actor: Actor<typeof userServersMachine>
  readonly #reporter: StatusReporter
  readonly #api: Promise<RegistryApi>
  #settle = (): void => {}
  readonly #settled = new Promise<void>((resolve) => {
    this.#settle = resolve
  })

  constructor({ address, userId, egress, onProblem }: LiveUserServersOptions) {
    this.egress = egress
    this.#api = Promise.resolve(userId).then((id) => new RegistryApi(address, id))
    // Who asks hears of it; nobody may ask.
    this.#api.catch(() => {})
    this.#reporter = new StatusReporter(
      (name) => [...this.#known.values()].find(({ server }) => server.name === name)?.server.id,
      async (observations) => (await this.#api).observe(observations),
    )
    const logic = userServersMachine.provide({ actors: { link: createLink(this.#api) } })
    this.#actor = createActor(logic, { input: { random: Math.random } })
    this.#actor.on('changed', () => this.#look())
    this.#actor.on('lost', ({ reason }) => {
      onProblem(reason)
      this.#settle()
    })
    this.#actor.start()
  }

  get servers(): ReadonlyMap<string, UserServer> {
    return this.#servers
  }

  get problem(): string | undefined {
    const { copy, reason } = this.#actor.getSnapshot().context
    if (copy !== undefined) return undefined
    return reason === undefined
      ? 'your own tools are still being looked up'
      : 'your own tools cannot be looked up, because their registry does not answer'
  }

  /** They are known, or it is known that they cannot be now, or the time is up. Never rejects. */
  async settled(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs)
    })
    await Promise.race([this.#settled, late])
    clearTimeout(timer)
  }

  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  observed(statuses: readonly ServerStatus[]): void {
    this.#reporter.observed(statuses)
  }

  /** Ends the link to the registry. */
  close(): void {
    this.#actor.stop()
    this.#reporter.close()
    this.#listeners.clear()
  }

  #look(): void {
    const { copy } = this.#actor.getSnapshot().context
    const servers = new Map((copy?.servers ?? []).map((server) => [server.id, server]))
    for (const id of this.#known.keys()) if (!servers.has(id)) this.#known.delete(id)
    for (const server of servers.values()) this.#learn(server)
    this.#servers = new Map([...servers.keys()].flatMap((id) => this.#entry(id)))
    if (copy !== undefined) this.#settle()
    this.#tell({})
  }

  #entry(id: string): [string, UserServer][] {
    const known = this.#known.get(id)
    return known ? [[known.server.name, known.told]] : []
  }

  #learn(server: AgentServer): void {
    const known = this.#known.get(server.id)
    if (known?.server.url === server.url) {
      known.server = server
      known.told = userServerOf(server, known.credentials)
      known.credentials.update(server)
      return
    }
    // Elsewhere it is another server: what the old one was given is not for it.
    const credentials = new RegisteredCredentials(this.#api, server, () =>
      this.#tell({ renewed: this.#known.get(server.id)?.server.name ?? server.name }),
    )
    this.#known.set(server.id, { server, credentials, told: userServerOf(server, credentials) })
  }

  #tell(change: Change): void {
    for (const listener of [...this.#listeners]) listener(change)
  }
}

function userServerOf({ url, headers, tools }: AgentServer, credentials: RegisteredCredentials): UserServer {
  return { url, headers, options: optionsOf(tools), credentials }
}

/** The rest is for operators to decide. */
function optionsOf({ include, exclude, confirm = [] }: ToolChoice): UserServer['options'] {
  return {
    ...(include ? { include } : {}),
    ...(exclude ? { exclude } : {}),
    tools: Object.fromEntries(confirm.map((tool) => [tool, { confirm: true }])),
  }
}
