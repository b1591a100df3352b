import type { ServerEntry } from './config/definition.ts'
import type { Environment } from './config/expand.ts'
import { readConfiguration } from './config/read.ts'
import { type Configuration, parseServers } from './config/servers.ts'
import { WatchedFile } from './config/watch.ts'
import { messageOf, SwitchboardError } from './contract/errors.ts'
import { longestTimerMs, type Policy, type PolicyOptions, parsePolicy } from './contract/policy.ts'
import type {
  CallOptions,
  Conversation,
  FunctionDetails,
  FunctionInfo,
  JsonObject,
  Outcome,
  ServerStatus,
} from './contract/protocol.ts'
import type { ReadOptions, ReadOutcome, ReadRequest, ServerInstructions } from './contract/reads.ts'
import type { UserServers } from './contract/user-servers.ts'
import { type InspectionObserver, inspectMasked } from './inspection/masked-inspection.ts'
import { takeNextRecording } from './recording/next-recording.ts'
import { recordToFile } from './recording/record-to-file.ts'
import { type Dependencies, productionDependencies, supervisorOf } from './switchboard/dependencies.ts'
import { detailsOf } from './switchboard/function-details.ts'
import { type GivenCredentials, withCredentials } from './switchboard/given-credentials.ts'
import { inspectionOf, makeInspectable } from './switchboard/inspection.ts'
import { LiveConversation } from './switchboard/live-conversation.ts'
import { type Listener, Publisher } from './switchboard/publisher.ts'
import { notRunning, readFrom } from './switchboard/reading.ts'
import { ServerPool } from './switchboard/server-pool.ts'
import type { Telemetry } from './switchboard/telemetry.ts'
import { followUserServers } from './switchboard/user-servers.ts'
import { nearest } from './text/nearest.ts'

export interface ServersSource {
  /** The object under `mcpServers`, as other clients write it. */
  mcpServers?: Readonly<Record<string, unknown>>
  /** A file with such an object. */
  configFile?: string
}

export interface SwitchboardOptions extends ServersSource, PolicyOptions {
  /** While it runs, `configFile` is read again whenever it changes; a bad one changes nothing. Default: false. */
  watch?: boolean
  /** Where `${NAME}` in a configuration comes from. Default: `process.env`. */
  environment?: Environment
  /** Of servers that want tokens and no user to sign in, by name: `createMachineCredentials`. Default: none. */
  credentials?: GivenCredentials
  /**
   * A file, replaced if it is there, for everything that happens until `stop()`, so that `switchboard replay` can show it
   * again. Secrets of the configuration are hidden; what callers say and servers answer is in it. Default: none.
   */
  recordTo?: string
  /**
   * Hears what every machine gets and becomes, as an observer of XState, such as the `inspect` of one that
   * `@statelyai/inspect` made. Secrets of the configuration are hidden; what callers say and servers answer is in it. A call
   * waits while it is told: this is for development. One that throws hears no more. Default: none, which costs nothing.
   */
  inspect?: InspectionObserver
  /** Spans and metrics of OpenTelemetry: `createTelemetry()` of `mcp-switchboard/telemetry`. Default: none, which costs nothing. */
  telemetry?: Telemetry
}

export interface ConversationOptions {
  /** Default: a new one. */
  id?: string
  /** Servers that only this conversation sees. */
  mcpServers?: Readonly<Record<string, unknown>>
  /** The same, of the caller's own, which may change while it lasts. */
  userServers?: UserServers
}

export interface Switchboard {
  /** Returns at once; the servers connect side by side. */
  start(): void
  /**
   * Every server has left `connecting` once, or the time is up: at once where it is 0 or less. Default, also for what is no
   * number: the policy's `connectTimeoutMs`. Never rejects.
   */
  settled(options?: { timeoutMs?: number }): Promise<void>
  readonly servers: ServerStatus[]
  readonly functions: FunctionInfo[]
  /** More of a function than a model has to know; nothing where no server offers it. */
  details(name: string): FunctionDetails | undefined
  /** What servers say of themselves, where their options let them. */
  readonly instructions: ServerInstructions[]
  /** What the configuration says that has no effect, one line each. */
  readonly warnings: string[]
  /** A conversation of one call. Never rejects. */
  call(name: string, args: JsonObject, options?: CallOptions): Promise<Outcome>
  /** Reads without side effects; what cannot be read at once is not waited for. Never rejects. */
  read(server: string, request: ReadRequest, options?: ReadOptions): Promise<ReadOutcome>
  /** @throws SwitchboardError `wrong_form` for both `mcpServers` and `userServers` */
  conversation(options?: ConversationOptions): Conversation
  /** Events of servers, functions and all calls; returns the unsubscriber. */
  subscribe(listener: Listener): () => void
  /** Touches only what changed. A wrong entry keeps its old definition. @throws SwitchboardError as on creation */
  configure(source: ServersSource): Promise<void>
  /** @throws SwitchboardError `unknown_server` */
  restart(name: string): Promise<void>
  /** Every call has its outcome, and no process is left. */
  stop(): Promise<void>
}

/**
 * Puts supervised actors in front of MCP servers. Starts nothing.
 * @throws SwitchboardError for a file that is missing, not JSON, or not writable, and for an unknown option. A wrong entry
 * does not throw: that server is `failed` with the reason.
 */
export function createSwitchboard(options: SwitchboardOptions): Switchboard {
  return composeSwitchboard(options, productionDependencies(undefined, options.telemetry))
}

/** The composition root. */
export function composeSwitchboard(options: SwitchboardOptions, dependencies: Dependencies): Switchboard {
  const {
    mcpServers,
    configFile,
    watch = false,
    environment = process.env,
    credentials = {},
    recordTo: ownRecordTo,
    inspect,
    telemetry: _,
    ...others
  } = options
  const policy = parsePolicy(others)
  if (watch && configFile === undefined) {
    throw new SwitchboardError(
      'wrong_form',
      'watch needs a configFile; without one there is nothing to watch',
    )
  }
  const watched =
    watch && configFile !== undefined ? { configFile, file: new WatchedFile(configFile) } : undefined
  const around = { environment, credentials }
  const configuration = readSource({ mcpServers, configFile }, around)
  const recordTo = takeNextRecording() ?? ownRecordTo
  const recorded = recordTo === undefined ? undefined : recordToFile(recordTo, policy, dependencies)
  const world = recorded?.dependencies ?? dependencies
  const switchboard = new LiveSwitchboard(policy, configuration, watched, around, world, recorded?.close)
  inspectionOf(switchboard).tapeFile = recordTo
  if (inspect) inspectMasked(inspectionOf(switchboard), inspect)
  return switchboard
}

interface Surroundings {
  environment: Environment
  credentials: GivenCredentials
}

function readSource(
  { mcpServers, configFile }: { [Key in keyof ServersSource]: ServersSource[Key] | undefined },
  { environment, credentials }: Surroundings,
): Configuration {
  if (configFile !== undefined && mcpServers !== undefined) {
    throw new SwitchboardError('wrong_form', 'both mcpServers and configFile are given; keep one of them')
  }
  if (configFile !== undefined)
    return withCredentials(readConfiguration(configFile, environment), credentials)
  if (mcpServers !== undefined) return withCredentials(parseServers(mcpServers, environment), credentials)
  throw new SwitchboardError('wrong_form', 'neither mcpServers nor configFile is given; give one of them')
}

class LiveSwitchboard implements Switchboard {
  readonly #events = new Publisher()
  readonly #serverEvents = new Publisher()
  /** Each pool makes an actor of it, those of single conversations too. */
  readonly #supervisor: ReturnType<typeof supervisorOf>
  readonly #pool: ServerPool
  readonly #inspection = makeInspectable(this)
  readonly #conversations = new Set<LiveConversation>()
  /** Private also to who prints this object. */
  readonly #around: Surroundings
  readonly #unmeasure: (() => Promise<void>) | undefined
  #unsubscribe = () => {}
  #configuration: Configuration
  #phase: 'new' | 'started' | 'stopped' = 'new'
  /** Servers of conversations that were there before `start()`. */
  readonly #onStart: (() => void)[] = []
  #stopping: Promise<void> | undefined

  constructor(
    private readonly policy: Policy,
    configuration: Configuration,
    private readonly watched: { configFile: string; file: WatchedFile } | undefined,
    around: Surroundings,
    private readonly dependencies: Dependencies,
    private readonly afterStop: (() => Promise<void>) | undefined,
  ) {
    this.#configuration = configuration
    this.#around = around
    this.#serverEvents.subscribe((event) => this.#events.publish(event))
    this.#supervisor = supervisorOf(dependencies)
    this.#pool = new ServerPool(policy, dependencies, this.#supervisor, this.#serverEvents)
    this.#inspection.pools.add({ pool: this.#pool })
    this.#inspection.telemetry = dependencies.telemetry
    this.#unmeasure = dependencies.telemetry?.measure(this)
  }

  get servers(): ServerStatus[] {
    return this.#pool.statuses
  }

  get functions(): FunctionInfo[] {
    return this.#pool.functions
  }

  details(name: string): FunctionDetails | undefined {
    return detailsOf(this.#pool.directory, name)
  }

  get instructions(): ServerInstructions[] {
    return this.#pool.directory.instructions()
  }

  get warnings(): string[] {
    return this.#configuration.warnings
  }

  start(): void {
    if (this.#phase !== 'new') return
    this.#phase = 'started'
    this.#pool.start(this.#configuration.entries)
    const offs = Object.entries(this.#around.credentials).map(([name, given]) =>
      given.subscribe(() => this.#pool.renew(name)),
    )
    this.#unsubscribe = () => {
      for (const off of offs) off()
    }
    for (const begin of this.#onStart.splice(0)) begin()
    const { watched } = this
    watched?.file.start(() => this.#reread(watched.configFile))
  }

  settled({ timeoutMs = Number.NaN }: { timeoutMs?: number } = {}): Promise<void> {
    if (this.#phase === 'new') return Promise.resolve()
    const limitMs = Number.isNaN(timeoutMs) ? this.policy.connectTimeoutMs : timeoutMs
    return this.#pool.settled(Math.min(Math.max(limitMs, 0), longestTimerMs))
  }

  async call(name: string, args: JsonObject, options?: CallOptions): Promise<Outcome> {
    const conversation = this.#converse(this.dependencies.newId())
    const outcome = await conversation.call(name, args, options)
    await conversation.end()
    return outcome
  }

  read(server: string, request: ReadRequest, options: ReadOptions = {}): Promise<ReadOutcome> {
    const { policy, dependencies } = this
    const closed = this.#phase === 'started' ? undefined : notRunning
    return readFrom(
      { directory: this.#pool.directory, policy, dependencies, closed },
      server,
      request,
      options,
    )
  }

  conversation({
    id = this.dependencies.newId(),
    mcpServers,
    userServers,
  }: ConversationOptions = {}): Conversation {
    if (mcpServers && userServers) {
      throw new SwitchboardError('wrong_form', 'both mcpServers and userServers are given; keep one of them')
    }
    if (!(mcpServers || userServers) || this.#phase === 'stopped') return this.#converse(id)
    const events = new Publisher()
    const { directory } = this.#pool
    const pool = new ServerPool(this.policy, this.dependencies, this.#supervisor, events, directory)
    let isEnded = false
    let unfollow = () => {}
    const begin = () => {
      if (isEnded) return
      if (userServers) unfollow = followUserServers(pool, userServers)
      else pool.start(parseServers(mcpServers ?? {}, this.#around.environment).entries)
    }
    if (this.#phase === 'new') this.#onStart.push(begin)
    else begin()
    const leave = () => {
      isEnded = true
      unfollow()
    }
    return this.#converse(id, { pool, events, leave })
  }

  subscribe(listener: Listener): () => void {
    return this.#events.subscribe(listener)
  }

  async configure(source: ServersSource): Promise<void> {
    const { mcpServers, configFile } = source
    const { entries, warnings } = readSource({ mcpServers, configFile }, this.#around)
    const known = new Map(this.#configuration.entries.map((entry) => [entry.name, entry]))
    const kept: string[] = []
    const next = entries.map((entry): ServerEntry => {
      const old = known.get(entry.name)
      if (entry.problem === undefined || !old?.definition) return entry
      kept.push(`${entry.problem}; its old definition stays`)
      return old
    })
    this.#configuration = { entries: next, warnings: [...warnings, ...kept] }
    if (this.#phase === 'started') this.#pool.configure(next)
  }

  async restart(name: string): Promise<void> {
    const names = this.#configuration.entries.map((entry) => entry.name)
    if (!names.includes(name)) {
      throw new SwitchboardError('unknown_server', `no server is named "${name}"${nearest(name, names)}`)
    }
    this.#pool.restart(name)
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #reread(configFile: string): Promise<void> {
    const at = this.dependencies.now()
    try {
      await this.configure({ configFile })
      this.#events.publish({ type: 'configuration.changed', at, warnings: this.warnings })
    } catch (error) {
      this.#events.publish({ type: 'configuration.rejected', at, reason: messageOf(error) })
    }
  }

  async #stop(): Promise<void> {
    this.#phase = 'stopped'
    this.watched?.file.stop()
    this.#unsubscribe()
    await Promise.all([...this.#conversations].map((conversation) => conversation.end()))
    await this.#pool.stop()
    await this.#unmeasure?.()
    await this.afterStop?.()
  }

  #converse(id: string, own?: { pool: ServerPool; events: Publisher; leave: () => void }): LiveConversation {
    const conversation: LiveConversation = new LiveConversation({
      id,
      directory: own?.pool.directory ?? this.#pool.directory,
      policy: this.policy,
      dependencies: this.dependencies,
      serverEvents: [
        { publisher: this.#serverEvents, isShared: true },
        ...(own ? [{ publisher: own.events, isShared: false }] : []),
      ],
      callEvents: this.#events,
      ownServers: own?.pool,
      isOpen: () => this.#phase === 'started',
      onEnding: () => own?.leave(),
      onEnded: () => {
        this.#conversations.delete(conversation)
        this.#inspection.conversations.delete(inspected)
        if (ownServers) this.#inspection.pools.delete(ownServers)
      },
    })
    const inspected = { conversation, actor: conversation.actor, startedAt: this.dependencies.now() }
    const ownServers = own && { pool: own.pool, conversationId: id }
    if (ownServers) this.#inspection.pools.add(ownServers)
    this.#conversations.add(conversation)
    this.#inspection.conversations.add(inspected)
    return conversation
  }
}
