import type { VoiceCommand } from '../../wire.ts'
import type { MicrophoneMessage, SpeakerCommand, SpeakerMessage } from './worklet-messages.ts'

export type Playback = Extract<VoiceCommand, { type: `playback.${string}` }>

export interface SoundListener {
  /** 20 ms of the microphone, PCM16. */
  onVoice(pcm: ArrayBuffer): void
  /** Root mean square, from 0 to 1. */
  onLevel(who: 'caller' | 'agent', level: number): void
  onPlayback(playback: Playback): void
  /** The microphone is gone: unplugged, or taken back. */
  onMicrophoneLost(): void
}

/** The page's loudspeaker and, where somebody gives it, its microphone. */
export class Sound {
  readonly #context: AudioContext
  readonly #listener: SoundListener
  readonly #speaker: AudioWorkletNode
  #microphone: MediaStreamTrack | undefined
  #isClosed = false

  private constructor(context: AudioContext, listener: SoundListener) {
    this.#context = context
    this.#listener = listener
    this.#speaker = new AudioWorkletNode(context, 'speaker', { numberOfInputs: 0, outputChannelCount: [1] })
    this.#speaker.port.onmessage = ({ data }: MessageEvent<SpeakerMessage>) => this.#onSpeaker(data)
    this.#speaker.connect(context.destination)
  }

  /** Has to begin where somebody clicked or pressed a key: before that, browsers play nothing. */
  static async open(listener: SoundListener): Promise<Sound> {
    const context = new AudioContext({ latencyHint: 'interactive' })
    try {
      const modules = ['speaker-worklet.js', 'microphone-worklet.js']
      await Promise.all([
        context.resume(),
        ...modules.map((name) => context.audioWorklet.addModule(new URL(name, import.meta.url))),
      ])
      return new Sound(context, listener)
    } catch (error) {
      await context.close()
      throw error
    }
  }

  get sampleRate(): number {
    return this.#context.sampleRate
  }

  /** Asks for the microphone; rejects as `getUserMedia` does. */
  async openMicrophone(): Promise<void> {
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 }
    const stream = await navigator.mediaDevices.getUserMedia({ audio })
    const [track] = stream.getAudioTracks()
    if (this.#isClosed || !track) {
      track?.stop()
      return
    }
    this.#microphone = track
    track.addEventListener('ended', () => this.#listener.onMicrophoneLost())
    const node = new AudioWorkletNode(this.#context, 'microphone', {
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: 'explicit',
    })
    node.port.onmessage = ({ data: { pcm, level } }: MessageEvent<MicrophoneMessage>) => {
      if (this.#isClosed) return
      this.#listener.onVoice(pcm)
      this.#listener.onLevel('caller', level)
    }
    this.#context.createMediaStreamSource(stream).connect(node)
  }

  /** A muted microphone gives silence: who listens hears that a sentence is over. */
  mute(isMuted: boolean): void {
    if (this.#microphone) this.#microphone.enabled = !isMuted
  }

  play(segment: number, pcm: ArrayBuffer): void {
    this.#tell({ type: 'sound', segment, pcm }, [pcm])
  }

  endSegment(segment: number): void {
    this.#tell({ type: 'end', segment })
  }

  clear(): void {
    this.#tell({ type: 'clear' })
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#microphone?.stop()
    this.#listener.onLevel('caller', 0)
    this.#listener.onLevel('agent', 0)
    await this.#context.close()
  }

  #onSpeaker(message: SpeakerMessage): void {
    if (this.#isClosed) return
    if (message.type === 'level') this.#listener.onLevel('agent', message.level)
    else if (message.type === 'started') {
      this.#listener.onPlayback({ type: 'playback.started', segment: message.segment })
    } else if (message.type === 'finished') {
      const { segment, samples, isInterrupted } = message
      this.#listener.onPlayback({ type: 'playback.finished', segment, samples, isInterrupted })
    }
  }

  #tell(command: SpeakerCommand, transfer: Transferable[] = []): void {
    this.#speaker.port.postMessage(command, transfer)
  }
}
