import { type AgentDefinition, defineAgent } from '@livekit/agents'
import type { Conversation } from '../protocol.ts'
import { createVoiceAgent } from './agent.ts'
import { createRealtimeModel, type RealtimeOptions } from './realtime-model.ts'
import { startVoiceSession, type VoiceSession } from './session.ts'

/** What a worker needs of a switchboard. */
export interface WorkerSwitchboard {
  start(): void
  conversation(options: { id: string }): Conversation
  stop(): Promise<void>
}

export interface WorkerAgentOptions {
  /** Runs once in each process of the worker, before it takes a job. */
  createSwitchboard: () => WorkerSwitchboard | Promise<WorkerSwitchboard>
  /** Has no default, since OpenAI costs money. */
  realtime: RealtimeOptions
  instructions?: string
}

export interface WorkerData {
  switchboard?: WorkerSwitchboard
}

/** The default export of a LiveKit worker's agent file: one switchboard a process, one conversation a job. */
export function createWorkerAgent(options: WorkerAgentOptions): AgentDefinition<WorkerData> {
  const { createSwitchboard, realtime, instructions } = options
  return defineAgent<WorkerData>({
    prewarm: async (proc) => {
      proc.userData.switchboard = await createSwitchboard()
      proc.userData.switchboard.start()
    },
    entry: async (job) => {
      const { switchboard } = job.proc.userData
      if (switchboard === undefined)
        throw new Error('the job started before prewarm had made its switchboard')
      const conversation = switchboard.conversation({ id: job.job.id })
      let voiceSession: VoiceSession | undefined
      // One callback, since callbacks run side by side: calls are accounted for before their servers go.
      job.addShutdownCallback(async () => {
        await voiceSession?.close()
        await conversation.end()
        await switchboard.stop()
      })
      await job.connect()
      const { agent } = createVoiceAgent({
        conversation,
        ...(instructions === undefined ? {} : { instructions }),
      })
      const model = createRealtimeModel(realtime)
      voiceSession = await startVoiceSession({ agent, model, conversation, room: job.room })
    },
  })
}
