import { ParticipantKind, RoomEvent } from '@livekit/rtc-node'
import { z } from 'zod'
import { parseJson } from '../../contract/json.ts'

/** Who calls, as far as a job knows. */
export interface Caller {
  /** What the dispatcher wrote. */
  jobMetadata: string
  /** Of the participant, as the token says that let them in. Their own metadata is no proof: they can change it. */
  identity(): Promise<string>
}

const metadataSchema = z.object({ userId: z.string().min(1).max(200) })

/** Of LiveKit's `Room`. */
interface CallersRoom {
  remoteParticipants: ReadonlyMap<string, Participant>
  on(event: RoomEvent.ParticipantConnected, listener: (participant: Participant) => void): unknown
  off(event: RoomEvent.ParticipantConnected, listener: (participant: Participant) => void): unknown
}

interface Participant {
  identity: string
  kind: ParticipantKind
}

/** Those whom an agent session listens to; a recorder or another agent is no caller. */
const kindsOfCallers: readonly ParticipantKind[] = [
  ParticipantKind.STANDARD,
  ParticipantKind.SIP,
  ParticipantKind.CONNECTOR,
]

/** Of the first caller, once there is one. */
export function identityOfCaller(room: CallersRoom): Promise<string> {
  return new Promise((resolve) => {
    const look = (participant: Participant) => {
      if (!kindsOfCallers.includes(participant.kind)) return
      room.off(RoomEvent.ParticipantConnected, look)
      resolve(participant.identity)
    }
    room.on(RoomEvent.ParticipantConnected, look)
    for (const participant of room.remoteParticipants.values()) look(participant)
  })
}

/** Whose servers a call has: `userId` of the job's metadata (JSON), else the caller's identity. */
export async function userIdOf({ jobMetadata, identity }: Caller): Promise<string> {
  return metadataSchema.safeParse(parseJson(jobMetadata)).data?.userId ?? identity()
}
