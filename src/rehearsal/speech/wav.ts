/** 16-bit mono sound. */
export interface Pcm {
  pcm: Int16Array
  /** Samples per second. */
  sampleRate: number
}

type Channels = [Int16Array] | [Int16Array, Int16Array]

export const wavHeaderBytes = 44

/** A PCM16 WAV file: one channel, or two that are interleaved; the shorter one is filled with silence. */
export function encodeWav(channels: Channels, sampleRate: number): Buffer {
  const frames = encodeFrames(channels)
  return Buffer.concat([encodeWavHeader(frames.length, channels.length, sampleRate), frames])
}

/** What comes before so many bytes of frames. */
export function encodeWavHeader(bytes: number, channelCount: number, sampleRate: number): Buffer {
  const header = Buffer.alloc(wavHeaderBytes)
  const frameBytes = channelCount * 2
  header.write('RIFF', 0)
  header.writeUInt32LE(wavHeaderBytes + bytes - 8, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(channelCount, 22)
  header.writeUInt32LE(sampleRate, 24)
  header.writeUInt32LE(sampleRate * frameBytes, 28)
  header.writeUInt16LE(frameBytes, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(bytes, 40)
  return header
}

/** The sound of a WAV file, without its header. */
export function encodeFrames(channels: Channels): Buffer {
  const frames = Math.max(...channels.map((channel) => channel.length))
  const encoded = Buffer.alloc(frames * channels.length * 2)
  for (const [index, channel] of channels.entries()) {
    for (let frame = 0; frame < channel.length; frame++) {
      encoded.writeInt16LE(channel[frame] ?? 0, (frame * channels.length + index) * 2)
    }
  }
  return encoded
}

/** All channels of a PCM16 WAV file. Throws on anything else. */
export function decodeWavChannels(wav: Uint8Array): { channels: Int16Array[]; sampleRate: number } {
  const view = new DataView(wav.buffer, wav.byteOffset, wav.byteLength)
  const tag = (at: number): string => String.fromCharCode(...wav.subarray(at, at + 4))
  if (wav.length < 12 || tag(0) !== 'RIFF' || tag(8) !== 'WAVE') throw new Error('This is not a WAV file.')
  let channelCount = 0
  let sampleRate = 0
  for (let at = 12; at + 8 <= wav.length; ) {
    const size = view.getUint32(at + 4, true)
    const body = at + 8
    if (tag(at) === 'fmt ' && body + 16 <= wav.length) {
      if (view.getUint16(body, true) !== 1 || view.getUint16(body + 14, true) !== 16) {
        throw new Error('This WAV file is not 16-bit PCM.')
      }
      channelCount = view.getUint16(body + 2, true)
      sampleRate = view.getUint32(body + 4, true)
    }
    if (tag(at) === 'data') {
      if (channelCount === 0) throw new Error('This WAV file has no format before its data.')
      const frames = Math.floor(Math.min(size, wav.length - body) / (2 * channelCount))
      const channels = Array.from({ length: channelCount }, (_, channel) =>
        Int16Array.from({ length: frames }, (_, frame) =>
          view.getInt16(body + (frame * channelCount + channel) * 2, true),
        ),
      )
      return { channels, sampleRate }
    }
    at = body + size + (size % 2)
  }
  throw new Error('This WAV file has no data.')
}

/** The first channel of a PCM16 WAV file. */
export function decodeWav(wav: Uint8Array): Pcm {
  const { channels, sampleRate } = decodeWavChannels(wav)
  return { pcm: channels[0] ?? new Int16Array(0), sampleRate }
}
