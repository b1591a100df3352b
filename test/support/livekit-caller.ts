import {
  AudioFrame,
  AudioSource,
  AudioStream,
  LocalAudioTrack,
  ParticipantKind,
  type RemoteParticipant,
  Room,
  RoomEvent,
  TrackKind,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node'
import { timelineTopic } from '../../src/agent/worker/timeline.ts'
import { accessToken, type LiveKitServer } from './livekit-server.ts'
import { until } from './until.ts'

const frameMs = 20
/** Louder than this is a voice, and no noise of a codec. */
const loud = 1_000
/** Silence that ends a turn, and some more. */
const hangUpMs = 1_500

/** A caller in a room of a real LiveKit server: a microphone, ears, and eyes for what the agent shows. */
export class LiveKitCaller {
  readonly timeline: unknown[] = []
  /** Pieces of what was said, by who said it. */
  readonly transcripts: { identity: string; text: string }[] = []
  /** Of the agent's voice. */
  loudMs = 0
  readonly #room = new Room()
  readonly #source: AudioSource

  private constructor(readonly sampleRate: number) {
    this.#source = new AudioSource(sampleRate, 1)
    this.#room.on(RoomEvent.DataReceived, (payload, _participant, _kind, topic) => {
      if (topic === timelineTopic) this.timeline.push(JSON.parse(new TextDecoder().decode(payload)))
    })
    this.#room.on(RoomEvent.TrackSubscribed, (track) => {
      if (track.kind === TrackKind.KIND_AUDIO)
        void this.#listen(new AudioStream(track, { sampleRate, numChannels: 1 }))
    })
    this.#room.registerTextStreamHandler('lk.transcription', (reader, { identity }) => {
      void reader.readAll().then((text) => this.transcripts.push({ identity, text }))
    })
  }

  /** `dispatch`: the agent that is called into it, where none comes by itself. */
  static async join(server: LiveKitServer, room: string, dispatch: string | undefined, sampleRate: number) {
    const caller = new LiveKitCaller(sampleRate)
    const called = dispatch === undefined ? {} : { dispatch }
    const token = accessToken(server, { identity: 'caller', room, ...called })
    await caller.#room.connect(server.url, token, { autoSubscribe: true, dynacast: false })
    const track = LocalAudioTrack.createAudioTrack('microphone', caller.#source)
    const options = new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE })
    await caller.#room.localParticipant?.publishTrack(track, options)
    return caller
  }

  get agent(): RemoteParticipant | undefined {
    return [...this.#room.remoteParticipants.values()].find(({ info }) => info.kind === ParticipantKind.AGENT)
  }

  /** As the agent tells it: `listening`, `thinking`, `speaking`. */
  async untilAgentIs(state: string): Promise<void> {
    await until(() => this.agent?.attributes['lk.agent.state'] === state, `the agent is ${state}`, 60_000)
  }

  /** Says it in real time, and is then silent for long enough to have ended. */
  async say(pcm: Int16Array): Promise<void> {
    const silence = new Int16Array((hangUpMs * this.sampleRate) / 1_000)
    for (const part of [pcm, silence]) await this.#speak(part)
  }

  async leave(): Promise<void> {
    await this.#room.disconnect()
    await this.#source.close()
  }

  async #speak(pcm: Int16Array): Promise<void> {
    const samples = (frameMs * this.sampleRate) / 1_000
    for (let start = 0; start + samples <= pcm.length; start += samples) {
      await this.#source.captureFrame(
        new AudioFrame(pcm.slice(start, start + samples), this.sampleRate, 1, samples),
      )
    }
    await this.#source.waitForPlayout()
  }

  async #listen(stream: AudioStream): Promise<void> {
    for await (const { data, sampleRate } of stream) {
      if (data.some((sample) => Math.abs(sample) > loud)) this.loudMs += (data.length * 1_000) / sampleRate
    }
  }
}
