/** What the Realtime API speaks and hears: PCM16, mono, and the plugin resamples nothing. */
export const sampleRate = 24_000

export const samplesPerMs = sampleRate / 1000
