import type { Phrases } from '../../contract/phrases.ts'
import type { Conversation } from '../../contract/protocol.ts'
import type { UserServers } from '../../contract/user-servers.ts'
import type { RealtimeOptions } from '../model/realtime-model.ts'
import type { ToolsetOptions } from '../tools/toolset.ts'
import type { Caller } from './caller.ts'
import type { ReportedSwitchboard } from './job-report.ts'
import type { TimelineOptions } from './timeline.ts'

/** What a worker needs of a switchboard. */
export interface WorkerSwitchboard extends ReportedSwitchboard {
  /** As that of `Switchboard`, in each process of the worker. */
  start(): void
  /** Waited for before the process takes a call, for five seconds at most. */
  settled(options: { timeoutMs: number }): Promise<void>
  /** One for each call; `id` is that of the job. */
  conversation(options: { id: string; userServers?: UserServers }): Conversation
  /** At the end of the process. */
  stop(): Promise<void>
}

/** Such as the one of `createRegistryClient`. */
export interface UserServersSource {
  /** At once; they come when the user is known. `close` is called at the end of the call. */
  userServers(userId: Promise<string>): UserServers & {
    /** Nobody waits for them any more. */
    close(): void
  }
}

export interface SwitchboardAgentOptions {
  /** Runs once in each process of the worker, before it takes a job. */
  createSwitchboard: () => WorkerSwitchboard | Promise<WorkerSwitchboard>
  /** Has no default, since OpenAI costs money. */
  realtime: RealtimeOptions
  instructions?: string
  /** What is said without a model, in another language. Default: English. */
  phrases?: Partial<Phrases>
  /**
   * Shows the caller a page that a server wants visited, as in `ToolsetOptions`. Default: a data message to the caller, topic
   * `switchboard.page` (`{ questionId, server, message, url }`), answered on the same topic with
   * `{ questionId, action: 'accept' | 'decline' | 'cancel' }`.
   */
  onQuestion?: ToolsetOptions['onQuestion']
  /**
   * Where the servers of each caller are kept; they are given to that call alone. When one wants its user to sign in, the caller
   * gets a data message, topic `switchboard.page` (`{ type: 'sign-in', server, url }`). Default: callers have none of their own.
   */
  registry?: UserServersSource
  /** Whose servers a call has. Default: `userId` in the job's metadata (JSON), else the caller's LiveKit identity. */
  userIdOf?: (caller: Caller) => Promise<string>
  /** The calls as data messages to the room, topic `switchboard.timeline`. Default: without contents. */
  timeline?: TimelineOptions | false
}

/** The framework's `userData` of a process: what `prewarm` leaves to its jobs. */
export interface WorkerData {
  switchboard?: WorkerSwitchboard
}
