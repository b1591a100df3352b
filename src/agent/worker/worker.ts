import { type AgentDefinition, defineAgent, type JobContext, log } from '@livekit/agents'
import { messageOf } from '../../contract/errors.ts'
import type { Phrases } from '../../contract/phrases.ts'
import type { Conversation } from '../../contract/protocol.ts'
import type { UserServers } from '../../contract/user-servers.ts'
import { createVoiceAgent } from '../agent.ts'
import { createRealtimeModel, type RealtimeOptions } from '../model/realtime-model.ts'
import { startVoiceSession, type VoiceSession } from '../session.ts'
import type { ToolsetOptions } from '../tools/toolset.ts'
import { type Caller, identityOfCaller, userIdOf } from './caller.ts'
import { isJobProcess, type ReportedSwitchboard, reportToWorker } from './job-report.ts'
import { askInRoom, pageRoomOf } from './pages.ts'
import { publishSignInLinks } from './sign-in-links.ts'
import { publishTimeline, type TimelineOptions, timelineTopic } from './timeline.ts'

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

export interface WorkerData {
  switchboard?: WorkerSwitchboard
}

const optionsOfDefinitions = new WeakMap<object, SwitchboardAgentOptions>()

/** Of what `defineSwitchboardAgent` made: a rehearsal needs its agent, and no room. */
export function optionsOfDefinition(definition: object): SwitchboardAgentOptions | undefined {
  return optionsOfDefinitions.get(definition)
}

/** Run by the framework alone, a process that is not prepared within 10 s of its start is killed; loading takes some of them. */
const preparedWithinMs = 7_000
const maxSettleMs = 5_000
/** What a process gets to end its calls and servers when its worker is gone. */
const orphanEndMs = 5_000

/**
 * The default export of a LiveKit worker's agent file: one switchboard a process, one conversation a job. A server that is
 * slow to start holds up no process: its functions come when it has come.
 */
export function defineSwitchboardAgent(options: SwitchboardAgentOptions): AgentDefinition<WorkerData> {
  const definition = defineAgent<WorkerData>({
    prewarm: async (proc) => {
      try {
        if (isJobProcess()) endWithWorker(() => proc.userData.switchboard)
        const switchboard = await options.createSwitchboard()
        proc.userData.switchboard = switchboard
        switchboard.start()
        await switchboard.settled({ timeoutMs: settleMs(performance.now()) })
        if (!isJobProcess()) return
        reportToWorker(switchboard)
      } catch (error) {
        // The framework notes it at `debug` only, and tries another process when this one did not answer in time.
        log().error(`no switchboard: ${messageOf(error)}`)
        throw error
      }
    },
    entry: (job) => holdCall(job, options),
  })
  optionsOfDefinitions.set(definition, options)
  return definition
}

/** `uptimeMs`: of the process, which starts to count for the framework when it is forked. */
export function settleMs(uptimeMs: number): number {
  return Math.round(Math.min(maxSettleMs, Math.max(1, preparedWithinMs - uptimeMs)))
}

async function holdCall(job: JobContext<WorkerData>, options: SwitchboardAgentOptions): Promise<void> {
  const { realtime, instructions, timeline, phrases = {} } = options
  const { switchboard } = job.proc.userData
  if (switchboard === undefined) throw new Error('the job started before prewarm had made its switchboard')
  const { promise: userId, resolve: resolveUserId, reject: rejectUserId } = later<string>()
  const userServers = options.registry?.userServers(userId)
  const conversation = switchboard.conversation({ id: job.job.id, ...(userServers ? { userServers } : {}) })
  let voiceSession: VoiceSession | undefined
  // One callback, since callbacks run side by side: calls are accounted for before their servers go.
  job.addShutdownCallback(async () => {
    const ends = [
      () => voiceSession?.close(),
      () => conversation.end(),
      () => userServers?.close(),
      () => switchboard.stop(),
    ]
    for (const end of ends) {
      try {
        await end()
      } catch (error) {
        log().error(`the call did not end in good order: ${messageOf(error)}`)
      }
    }
  })
  await job.connect()
  if (timeline !== false) showCalls(job, conversation, timeline)
  const caller = () => voiceSession?.session._roomIO?.linkedParticipant?.identity
  const pages = pageRoomOf(job.room, caller)
  const { onQuestion = askInRoom(pages) } = options
  if (userServers) {
    publishSignInLinks(conversation, (link) => {
      pages
        .publish(new TextEncoder().encode(JSON.stringify(link)))
        .catch((error: unknown) =>
          log().warn(`the caller was not shown where to sign in: ${messageOf(error)}`),
        )
    })
  }
  const { agent } = createVoiceAgent({
    conversation,
    toolset: { phrases, onQuestion },
    ...(instructions === undefined ? {} : { instructions }),
  })
  const model = createRealtimeModel(realtime)
  let callerIdentity: string | undefined
  if (userServers) {
    try {
      // The one whose servers these are is the one who is heard, and nobody who comes before or after them.
      const identity = async () => (callerIdentity ??= await identityOfCaller(job.room))
      resolveUserId(await (options.userIdOf ?? userIdOf)({ jobMetadata: job.job.metadata, identity }))
    } catch (error) {
      log().error(`it is not known whose call this is: ${messageOf(error)}`)
      rejectUserId(new Error(`it is not known whose call this is: ${messageOf(error)}`))
    }
  }
  voiceSession = await startVoiceSession({
    ...{ agent, model, conversation, phrases, room: job.room },
    ...(callerIdentity === undefined ? {} : { callerIdentity }),
  })
  // The framework would leave an agent that hears nobody in the room.
  void voiceSession.closed.then((error) => {
    if (error) log().error(`the voice session failed: ${messageOf(error)}`)
    job.shutdown(error ? 'the voice session failed' : 'the call is over')
  })
}

function later<Value>() {
  let resolve: (value: Value) => void = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<Value>((give, refuse) => {
    resolve = give
    reject = refuse
  })
  return { promise, resolve, reject }
}

function showCalls({ room }: JobContext<WorkerData>, conversation: Conversation, options?: TimelineOptions) {
  publishTimeline(
    conversation,
    async (message) => {
      await room.localParticipant?.publishData(message, { reliable: true, topic: timelineTopic })
    },
    { ...options, onProblem: (error) => log().debug(`the room was not told of a call: ${messageOf(error)}`) },
  )
}

/** Without it, a process lives on for 15 s when its worker was killed, and its servers with it. */
function endWithWorker(switchboard: () => WorkerSwitchboard | undefined): void {
  const end = () => {
    const exit = () => process.exit(1)
    setTimeout(exit, orphanEndMs)
    Promise.resolve(switchboard()?.stop()).then(exit, exit)
  }
  // The worker may have ended while this process was loading.
  if (process.connected) process.once('disconnect', end)
  else end()
}
