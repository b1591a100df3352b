import { createHmac, randomUUID } from 'node:crypto'
import { Room } from '@livekit/rtc-node'
import { messageOf } from '../../contract/errors.ts'
import type { LiveKitRoom } from '../page-voice.ts'
import type { CallerSide } from './caller-side.ts'
import { CommandError } from './commands.ts'

/** Long enough to join; who has joined stays. */
const tokenSeconds = 300

/** The caller is in a room of a LiveKit server; the page only looks on. */
export class RoomSide implements CallerSide {
  readonly #options: LiveKitRoom
  readonly #room = new Room()

  constructor(options: LiveKitRoom) {
    this.#options = options
  }

  async open() {
    const { url, room } = this.#options
    try {
      await this.#room.connect(url, accessToken(this.#options), { autoSubscribe: true, dynacast: false })
    } catch (error) {
      throw new Error(`the agent cannot join the room ${room} of ${url}: ${messageOf(error)}`)
    }
    return { room: this.#room }
  }

  hear(): void {
    throw new CommandError('the caller is in a room, and is heard there')
  }

  played(): void {}

  async silence(): Promise<void> {}

  async leave(): Promise<void> {
    if (this.#room.isConnected) await this.#room.disconnect()
  }
}

/**
 * A JWT that lets its holder into one room, as an agent. Signed here: the package for it would be one more to install, for a
 * dozen lines.
 */
export function accessToken({ apiKey, apiSecret, room }: Omit<LiveKitRoom, 'url'>): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const nowSeconds = Math.floor(Date.now() / 1_000)
  const claims = {
    iss: apiKey,
    sub: `switchboard-${randomUUID()}`,
    name: 'Switchboard',
    kind: 'agent',
    nbf: nowSeconds,
    exp: nowSeconds + tokenSeconds,
    video: { room, roomJoin: true, agent: true },
  }
  const unsigned = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${unsigned}.${createHmac('sha256', apiSecret).update(unsigned).digest('base64url')}`
}
