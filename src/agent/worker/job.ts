import { Future, type JobContext, log } from '@livekit/agents'
import { messageOf } from '../../contract/errors.ts'
import type { Conversation } from '../../contract/protocol.ts'
import { createVoiceAgent } from '../agent.ts'
import { createRealtimeModel } from '../model/realtime-model.ts'
import { startVoiceSession, type VoiceSession } from '../session.ts'
import { identityOfCaller, userIdOf } from './caller.ts'
import type { SwitchboardAgentOptions, WorkerData } from './options.ts'
import { askInRoom, type PageRoom, pageRoomOf } from './pages.ts'
import { publishSignInLinks } from './sign-in-links.ts'
import { publishTimeline, type TimelineOptions, timelineTopic } from './timeline.ts'

/** A job is one call: a conversation, and an agent that speaks in the job's room until the call is over. */
export async function holdCall(job: JobContext<WorkerData>, options: SwitchboardAgentOptions): Promise<void> {
  const { realtime, instructions, timeline, phrases = {}, registry } = options
  const { switchboard } = job.proc.userData
  if (switchboard === undefined) throw new Error('the job started before prewarm had made its switchboard')
  const userId = new Future<string>()
  const userServers = registry?.userServers(userId.await)
  const conversation = switchboard.conversation({ id: job.job.id, ...(userServers ? { userServers } : {}) })
  let voiceSession: VoiceSession | undefined
  // One callback, since callbacks run side by side: calls are accounted for before their servers go.
  job.addShutdownCallback(() =>
    inOrder([
      () => voiceSession?.close(),
      () => conversation.end(),
      () => userServers?.close(),
      () => switchboard.stop(),
    ]),
  )
  await job.connect()
  if (timeline !== false) showCalls(job, conversation, timeline)
  const pages = pageRoomOf(job.room, () => voiceSession?.session._roomIO?.linkedParticipant?.identity)
  if (userServers) showSignInLinks(pages, conversation)
  const { onQuestion = askInRoom(pages) } = options
  const { agent } = createVoiceAgent({
    conversation,
    toolset: { phrases, onQuestion },
    ...(instructions === undefined ? {} : { instructions }),
  })
  const model = createRealtimeModel(realtime)
  const callerIdentity = userServers ? await findUser(job, options, userId) : undefined
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

/** Each of them although another fails. */
async function inOrder(ends: readonly (() => unknown)[]): Promise<void> {
  for (const end of ends) {
    try {
      await end()
    } catch (error) {
      log().error(`the call did not end in good order: ${messageOf(error)}`)
    }
  }
}

/** Settles `userId`. The caller's identity, if that was asked for. */
async function findUser(
  { job, room }: JobContext<WorkerData>,
  options: SwitchboardAgentOptions,
  userId: Future<string>,
): Promise<string | undefined> {
  let callerIdentity: string | undefined
  // The one whose servers these are is the one who is heard, and nobody who comes before or after them.
  const identity = async () => (callerIdentity ??= await identityOfCaller(room))
  try {
    userId.resolve(await (options.userIdOf ?? userIdOf)({ jobMetadata: job.metadata, identity }))
  } catch (error) {
    const problem = `it is not known whose call this is: ${messageOf(error)}`
    log().error(problem)
    userId.reject(new Error(problem))
  }
  return callerIdentity
}

function showSignInLinks(pages: PageRoom, conversation: Conversation): void {
  publishSignInLinks(conversation, (link) => {
    pages
      .publish(new TextEncoder().encode(JSON.stringify(link)))
      .catch((error: unknown) => log().warn(`the caller was not shown where to sign in: ${messageOf(error)}`))
  })
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
