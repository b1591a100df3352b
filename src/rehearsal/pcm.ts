/** What the Realtime API speaks and hears: PCM16, mono, and the plugin resamples nothing. */
export const sampleRate = 24_000

export const samplesPerMs = sampleRate / 1000

export function concatenate(parts: readonly Int16Array[]): Int16Array<ArrayBuffer> {
  const whole = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
