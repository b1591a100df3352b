import { type AgentDefinition, JobContext, JobProcess } from '@livekit/agents'
import { Job, JobType, Room as RoomInfo } from '@livekit/protocol'
import { Room } from '@livekit/rtc-node'
import { ensureLogger, type WorkerData } from '../../src/agent/index.ts'

interface JobOptions {
  metadata?: string
  /** Default: it has no room, as under `console`. */
  credentials?: { url: string; token: string }
}

/** A job as a worker's process holds it, from prewarm on. */
export async function startJob(
  worker: Pick<AgentDefinition<WorkerData>, 'prewarm' | 'entry'>,
  { metadata = '', credentials }: JobOptions = {},
): Promise<{ room: Room; end(): Promise<void> }> {
  ensureLogger()
  const proc = new JobProcess<WorkerData>()
  await worker.prewarm?.(proc)
  const room = new Room()
  const job = new JobContext<WorkerData>(
    proc,
    {
      acceptArguments: { name: '', identity: 'agent', metadata: '' },
      job: new Job({ id: 'job-1', type: JobType.JT_ROOM, room: new RoomInfo({ name: 'room-1' }), metadata }),
      ...{ url: credentials?.url ?? '', token: credentials?.token ?? '' },
      ...{ workerId: 'worker-1', fakeJob: credentials === undefined },
    },
    room,
    () => {},
    () => {},
    { doInference: async () => undefined },
  )
  await worker.entry(job)
  return {
    room,
    end: async () => {
      await Promise.all(job.shutdownCallbacks.map((callback) => callback()))
      await room.disconnect()
    },
  }
}
