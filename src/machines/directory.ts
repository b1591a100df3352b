import { isDeepStrictEqual } from 'node:util'
import type { ServerOptions } from '../config/definition.ts'
import type {
  FunctionInfo,
  Peer,
  RejectedTool,
  ServerState,
  ServerStatus,
  Tool,
} from '../contract/protocol.ts'
import type { ChosenPrompt, ServerInstructions } from '../contract/reads.ts'
import type { Receiver, ServerCommand } from './messages.ts'
import { type Claims, claimName, type Owner } from './names.ts'
import { linkedResource, listedResource, readResource } from './resource-reading.ts'

/** What a server actor tells of itself at each change. */
export interface ServerReport {
  name: string
  state: ServerState
  since: number
  generation: number
  transport: 'stdio' | 'http'
  listed: boolean
  tools: Tool[]
  rejected: RejectedTool[]
  lastError?: string | undefined
  stderr?: string | undefined
  signInUrl?: string | undefined
  nextAttemptAt?: number | undefined
  pid?: number | undefined
  peer?: Peer | undefined
  instructions?: string | undefined
  pingMs?: number | undefined
}

export interface DirectoryEntry {
  report: ServerReport
  options: ServerOptions
  server: Receiver<ServerCommand>
  /** Ids of calls routed to it and not ended. */
  inFlight: Set<string>
}

export interface Member {
  entry: DirectoryEntry
  tool: Tool
}

/** A function and the servers behind it, in the order of the configuration. */
export interface Route {
  name: string
  members: Member[]
}

const none: readonly FunctionInfo[] = []

/**
 * The table that calls are routed by: function → servers. Server events keep it, so that routing takes no snapshots. A
 * conversation with servers of its own has a directory whose parent is the shared one.
 */
export class Directory {
  readonly #entries = new Map<string, DirectoryEntry>()
  readonly #listeners = new Set<() => void>()
  readonly #claims: Claims = new Map()
  readonly #misnamed = new Map<string, RejectedTool[]>()
  #routes = new Map<string, Route>()
  #order: string[] = []
  #settled = false
  #openCalls = 0
  #problem: string | undefined
  /** As last told, until something changes here or in the parent. */
  #offered: { inherited: readonly FunctionInfo[]; all: readonly FunctionInfo[] } | undefined

  constructor(readonly parent?: Directory) {}

  /** The servers in the order of the configuration; it ranks names until `settle()`. */
  arrange(names: string[]): void {
    this.#order = names
  }

  /** Why it is not known which servers there are, in words for the caller. */
  get problem(): string | undefined {
    return this.#problem ?? this.parent?.problem
  }

  setProblem(problem: string | undefined): void {
    this.#problem = problem
    this.#changed()
  }

  /** From now on a name once claimed stays its owner's. */
  settle(): void {
    this.#settled = true
  }

  update(report: ServerReport, options: ServerOptions, server: Receiver<ServerCommand>): void {
    const known = this.#entries.get(report.name)
    const entry = known ?? { report, options, server, inFlight: new Set<string>() }
    const toolsChanged = known?.report.tools !== report.tools || known.options !== options
    Object.assign(entry, { report, options, server })
    this.#entries.set(report.name, entry)
    if (toolsChanged) this.#route()
    this.#changed()
  }

  remove(name: string): void {
    if (!this.#entries.delete(name)) return
    this.#route()
    this.#changed()
  }

  /** `linkedBy`: who named the resource that is to be read. */
  route(functionName: string, linkedBy?: DirectoryEntry): Route | undefined {
    if (functionName === readResource.name) return this.#readingRoute(linkedBy)
    return this.#routes.get(functionName) ?? this.parent?.route(functionName)
  }

  entries(): DirectoryEntry[] {
    return [...(this.parent?.entries() ?? []), ...this.#ownEntries()]
  }

  /** What a model is offered: not the functions whose servers have all failed. */
  functions(): readonly FunctionInfo[] {
    const inherited = this.parent?.functions() ?? none
    if (this.#offered?.inherited === inherited) return this.#offered.all
    // As `route` does: what is found here hides what the parent has under the same name.
    const all = [...inherited.filter(({ name }) => !this.#routes.has(name)), ...this.#ownFunctions()]
    this.#offered = { inherited, all }
    return all
  }

  #ownFunctions(): FunctionInfo[] {
    const own: FunctionInfo[] = []
    for (const route of this.#routes.values()) {
      const offered = route.members.filter(({ entry }) => !isGone(entry.report.state))
      const [first] = offered
      if (!first) continue
      // Told to everybody: what one program writes into it would be another's, too.
      own.push(
        Object.freeze({
          name: route.name,
          ...(first.tool.title === undefined ? {} : { title: first.tool.title }),
          description: first.tool.description,
          inputSchema: first.tool.inputSchema,
          servers: Object.freeze(offered.map(({ entry }) => entry.report.name)),
          callable: offered.some(({ entry }) => isCallable(entry.report.state)),
        }),
      )
    }
    return own
  }

  /** Whether a server is offered whose resources may be read. */
  get offersResources(): boolean {
    return this.entries().some(({ options, report }) => options.resources && !isGone(report.state))
  }

  /** Whether a function is offered that a caller has to say yes to. */
  get needsConfirmation(): boolean {
    const members = [...this.#routes.values()].flatMap((route) => route.members)
    const isOffered = ({ entry }: Member) => !isGone(entry.report.state)
    return (
      members.some((member) => isOffered(member) && needsConfirmation(member)) ||
      (this.parent?.needsConfirmation ?? false)
    )
  }

  /** Functions of this server that nobody takes calls for now. What is found here hides what the parent has under the same name. */
  missingWithout(entry: DirectoryEntry): string[] {
    const own = [...this.#routes.values()].filter(
      ({ members }) =>
        members.some((member) => member.entry === entry) &&
        !members.some((member) => isCallable(member.entry.report.state)),
    )
    const inherited = this.parent?.missingWithout(entry).filter((name) => !this.#routes.has(name)) ?? []
    return [...inherited, ...own.map(({ name }) => name)]
  }

  statuses(): ServerStatus[] {
    return this.#ownEntries().map((entry) => this.status(entry))
  }

  status({ report, options, inFlight }: Omit<DirectoryEntry, 'server'>): ServerStatus {
    const functions = [...this.#routes.values()]
      .filter((route) => route.members.some((member) => member.entry.report.name === report.name))
      .map((route) => route.name)
    const { name, state, since, generation, transport, listed, lastError, nextAttemptAt, pid } = report
    const { peer, pingMs, stderr, signInUrl } = report
    const rejected = [...report.rejected, ...(this.#misnamed.get(name) ?? [])]
    return {
      ...{ name, state, since, generation, transport, functions, listed, rejected },
      inFlight: inFlight.size,
      ...(options.group === undefined ? {} : { group: options.group }),
      ...(lastError === undefined ? {} : { lastError }),
      ...(stderr === undefined ? {} : { stderr }),
      ...(nextAttemptAt === undefined ? {} : { nextAttemptAt }),
      ...(signInUrl === undefined ? {} : { signInUrl }),
      ...(pid === undefined ? {} : { pid }),
      ...(peer === undefined ? {} : { peer }),
      ...(pingMs === undefined ? {} : { pingMs }),
    }
  }

  /** Calls of all conversations that have no outcome yet, those that wait for a server included. */
  get openCalls(): number {
    return this.parent?.openCalls ?? this.#openCalls
  }

  countCall(by: 1 | -1): void {
    if (this.parent) this.parent.countCall(by)
    else this.#openCalls += by
  }

  entry(name: string): DirectoryEntry | undefined {
    return this.#entries.get(name)
  }

  /** With the directory that holds it; a server of a conversation hides the shared one of the same name. */
  find(name: string): { entry: DirectoryEntry; owner: Directory } | undefined {
    const entry = this.#entries.get(name)
    return entry ? { entry, owner: this } : this.parent?.find(name)
  }

  /** What servers say of themselves to a model, where they may. */
  instructions(): ServerInstructions[] {
    // Those of one conversation are strangers' until somebody vouches for them.
    const mayByDefault = this.parent === undefined
    const own = this.#ownEntries().flatMap(({ report: { name, state, instructions }, options }) => {
      const may = options.instructions ?? mayByDefault
      return may && instructions !== undefined && !isGone(state) ? { server: name, instructions } : []
    })
    return [...(this.parent?.instructions() ?? []), ...own]
  }

  /** Prompts that belong into an agent's instructions. */
  prompts(): ChosenPrompt[] {
    return this.entries().flatMap(({ report, options }) =>
      isGone(report.state)
        ? []
        : Object.entries(options.prompts).map(([name, args]) => ({
            server: report.name,
            name,
            arguments: args,
          })),
    )
  }

  /** How many hear of changes. */
  get listeners(): number {
    return this.#listeners.size
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    const offParent = this.parent?.onChange(listener)
    return () => {
      this.#listeners.delete(listener)
      offParent?.()
    }
  }

  #readingRoute(linkedBy: DirectoryEntry | undefined): Route | undefined {
    const readable = this.entries().filter(({ options }) => options.resources)
    const linking = readable.filter((entry) => entry === linkedBy)
    const members =
      linking.length > 0
        ? linking.map((entry) => ({ entry, tool: linkedResource }))
        : readable.map((entry) => ({ entry, tool: listedResource }))
    return members.length > 0 ? { name: readResource.name, members } : undefined
  }

  #ownEntries(): DirectoryEntry[] {
    const rank = (entry: DirectoryEntry) => {
      const index = this.#order.indexOf(entry.report.name)
      return index === -1 ? this.#order.length : index
    }
    return [...this.#entries.values()].sort((a, b) => rank(a) - rank(b))
  }

  #changed(): void {
    this.#offered = undefined
    for (const listener of [...this.#listeners]) listener()
  }

  #route(): void {
    if (!this.#settled) this.#claims.clear()
    this.#misnamed.clear()
    const routes = new Map<string, Route>()
    for (const entry of this.#ownEntries()) {
      for (const tool of entry.report.tools) this.#place(routes, entry, tool)
    }
    this.#routes = routes
  }

  #place(routes: Map<string, Route>, entry: DirectoryEntry, tool: Tool): void {
    const { options, report } = entry
    if (options.include && !options.include.includes(tool.name)) return
    if (options.exclude.includes(tool.name)) return
    const pinned = options.tools[tool.name]?.hash
    if (pinned !== undefined && pinned !== tool.hash) {
      this.#reject(report.name, tool.name, `its definition is not the pinned one; its hash is ${tool.hash}`)
      return
    }
    const { group } = options
    const owner: Owner =
      group === undefined ? { kind: 'server', name: report.name } : { kind: 'group', name: group }
    const asked = { name: tool.name, as: options.tools[tool.name]?.as }
    const name = claimName(this.#claims, owner, asked, (taken) => this.parent?.route(taken) !== undefined)
    if (name === undefined) {
      this.#reject(report.name, tool.name, `its name and ${owner.name}__${tool.name} are both taken`)
      return
    }
    const route = routes.get(name) ?? { name, members: [] }
    const [first] = route.members
    if (route.members.some((member) => member.entry === entry)) {
      this.#reject(report.name, tool.name, 'the server lists it twice')
    } else if (first && !isDeepStrictEqual(first.tool.inputSchema, tool.inputSchema)) {
      this.#reject(
        report.name,
        tool.name,
        `its schema is not that of ${first.entry.report.name}, of the same group`,
      )
    } else {
      route.members.push({ entry, tool })
      routes.set(name, route)
    }
  }

  #reject(server: string, name: string, reason: string): void {
    this.#misnamed.set(server, [...(this.#misnamed.get(server) ?? []), { name, reason }])
  }
}

/** On the word of the configuration, else of the tool itself: a stranger's warning can be believed. */
export function needsConfirmation({ entry, tool }: Member): boolean {
  return entry.options.tools[tool.name]?.confirm ?? tool.annotations.destructiveHint ?? false
}

export function isCallable(state: ServerState): boolean {
  return state === 'ready' || state === 'degraded'
}

export function isOnTheWay(state: ServerState): boolean {
  return state === 'connecting' || state === 'reconnecting'
}

export function isGone(state: ServerState): boolean {
  return state === 'failed' || state === 'closing' || state === 'closed'
}
