import type { RawData } from 'ws'
import { z } from 'zod'
import type { VoiceCommand } from '../wire.ts'

/** Of the page's sound. Any other would make a filter of its own, some of them of many megabytes. */
const sampleRates = [
  ...[8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000],
  ...[44_100, 48_000, 88_200, 96_000, 176_400, 192_000],
]
const maxTypedCharacters = 2_000
const maxCommandCharacters = 4 * maxTypedCharacters
/** A second of sound at the highest rate, and some more. */
export const maxSoundBytes = 512 * 1024

const segment = z.int().min(1).max(0xffff_ffff)

const commandSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('hello'),
    sampleRate: z.int().refine((rate) => sampleRates.includes(rate)),
    model: z.enum(['rehearsal', 'openai']),
  }),
  z.strictObject({ type: z.literal('typed'), text: z.string().max(maxTypedCharacters) }),
  z.strictObject({ type: z.literal('playback.started'), segment }),
  z.strictObject({
    type: z.literal('playback.finished'),
    segment,
    samples: z.int().min(0),
    isInterrupted: z.boolean(),
  }),
  z.strictObject({ type: z.literal('hang up') }),
])

/** The page broke the rules of `/voice`. */
export class CommandError extends Error {
  override name = 'CommandError'
}

/** A command, or sound: PCM16. @throws CommandError */
export function readFrame(data: RawData, isBinary: boolean): VoiceCommand | Int16Array {
  const whole = Array.isArray(data) ? Buffer.concat(data) : data
  const bytes = whole instanceof ArrayBuffer ? Buffer.from(whole) : whole
  return isBinary ? readSound(bytes) : readCommand(bytes)
}

function readCommand(data: Buffer): VoiceCommand {
  if (data.length > maxCommandCharacters)
    throw new CommandError(`a command of ${data.length} bytes is too long`)
  let value: unknown
  try {
    value = JSON.parse(data.toString())
  } catch {
    throw new CommandError('a command is not JSON')
  }
  const read = commandSchema.safeParse(value)
  if (read.success) return read.data
  const [issue] = read.error.issues
  const place = issue?.path.join('.') ?? ''
  throw new CommandError(`a command is wrong${place === '' ? '' : ` at "${place}"`}: ${issue?.message}`)
}

/** In memory of its own: what the socket gives is a view of memory that is used again. */
function readSound(data: Buffer): Int16Array<ArrayBuffer> {
  if (data.length > maxSoundBytes)
    throw new CommandError(`a piece of sound of ${data.length} bytes is too long`)
  if (data.length % 2 !== 0) throw new CommandError('PCM16 has two bytes a sample')
  const pcm = new Int16Array(data.length / 2)
  data.copy(new Uint8Array(pcm.buffer))
  return pcm
}
