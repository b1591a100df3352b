/**
 * Runs in a page before its own scripts, given to it as text: whatever it needs stands in it. Tells the test what the page's
 * security policy refused, what its microphone gave, and what it played. The page itself knows nothing of it.
 */
export function listen() {
  // It is there when the page is.
  const tell = (told) => globalThis.tellTest(told)

  addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile, lineNumber }) => {
    tell({ type: 'violation', text: `${violatedDirective} ${blockedURI} (${sourceFile}:${lineNumber})` })
  })

  const { connect } = AudioNode.prototype
  const { createMediaStreamSource } = AudioContext.prototype
  /** They are of 10 ms. */
  const batchPieces = 10
  /** Of each context, by the name of a track. */
  const ears = new WeakMap()

  function earOf(context, track) {
    const known = ears.get(context) ?? new Map()
    ears.set(context, known)
    const ear = known.get(track) ?? new MediaStreamAudioDestinationNode(context, { channelCount: 1 })
    if (!known.has(track)) {
      known.set(track, ear)
      void record(track, ear.stream)
    }
    return ear
  }

  /** A worklet would need a script of the page's site. */
  async function record(track, stream) {
    const [audio] = stream.getAudioTracks()
    // A page that is busy is heard later, and whole.
    const { readable } = new MediaStreamTrackProcessor({ track: audio, maxBufferSize: 10_000 })
    /** Epoch milliseconds of what the time stamps count from; what was not held up knows it best. */
    let zero = Number.POSITIVE_INFINITY
    const batch = []
    for await (const piece of readable) {
      const { numberOfFrames, sampleRate, timestamp, duration } = piece
      zero = Math.min(zero, performance.timeOrigin + performance.now() - (timestamp + duration) / 1_000)
      const samples = new Float32Array(numberOfFrames)
      piece.copyTo(samples, { planeIndex: 0, format: 'f32-planar' })
      piece.close()
      batch.push({ at: zero + timestamp / 1_000, samples })
      if (batch.length < batchPieces) continue
      const pcm = Int16Array.from(
        batch.flatMap(({ samples }) => [...samples]),
        (sample) => Math.max(-32_768, Math.min(32_767, sample * 32_768)),
      )
      const base64 = btoa(String.fromCharCode(...new Uint8Array(pcm.buffer)))
      tell({ type: 'sound', track, at: batch[0].at, sampleRate, base64 })
      batch.length = 0
    }
  }

  AudioNode.prototype.connect = function (target, ...rest) {
    if (target === this.context.destination && this.context instanceof AudioContext) {
      connect.call(this, earOf(this.context, 'played'))
    }
    return connect.call(this, target, ...rest)
  }

  AudioContext.prototype.createMediaStreamSource = function (stream) {
    const source = createMediaStreamSource.call(this, stream)
    connect.call(source, earOf(this, 'microphone'))
    return source
  }
}
