import { samplesPerMs } from '../pcm.ts'
import { sentences } from '../speech/sentences.ts'
import type { Speech } from '../speech/speech.ts'
import type { Voice } from '../speech/voices.ts'
import { type MessageItem, newMessage } from './items.ts'
import type { Send } from './wire.ts'

export interface Speaking {
  send: Send
  /** Adds the item to the conversation and tells the client. */
  addItem(item: MessageItem): void
  speech: Speech
  voice: Voice
  modality: 'audio' | 'text'
  signal: AbortSignal
}

const deltaSamples = 100 * samplesPerMs
/** In which a soft consonant begins. */
const samplesBeforeSound = 50 * samplesPerMs
const audible = 100

/**
 * Speaks a text sentence by sentence, as fast as it can be synthesised; the client paces it. When `signal` fires the
 * item ends at once, as `incomplete`, with the sentences that were sent.
 */
export async function speak(
  text: string,
  response: { id: string; index: number },
  speaking: Speaking,
): Promise<MessageItem> {
  const { send, signal, modality } = speaking
  const item = newMessage('assistant', [], 'in_progress')
  const place = { response_id: response.id, output_index: response.index }
  const part = { ...place, item_id: item.id, content_index: 0 }
  const names = eventNames(modality)
  send({ type: 'response.output_item.added', ...place, item: { ...item } })
  speaking.addItem(item)
  send({ type: 'response.content_part.added', ...part, part: names.part('') })

  let said = ''
  for (const sentence of sentences(text)) {
    const sound =
      modality === 'audio' ? await unlessAborted(speaking.speech.say(sentence, speaking), signal) : undefined
    if (signal.aborted) break
    const pcm = said ? sound?.pcm : sound && fromFirstSound(sound.pcm)
    const delta = said ? ` ${sentence}` : sentence
    said += delta
    send({ type: names.textDelta, ...part, delta })
    for (const audio of pcm ? base64Parts(pcm) : []) {
      send({ type: 'response.output_audio.delta', ...part, delta: audio })
    }
  }

  item.status = signal.aborted ? 'incomplete' : 'completed'
  item.content = [names.content(said)]
  if (modality === 'audio') send({ type: 'response.output_audio.done', ...part })
  send({ type: names.textDone, ...part, ...(modality === 'audio' ? { transcript: said } : { text: said }) })
  send({ type: 'response.content_part.done', ...part, part: names.part(said) })
  send({ type: 'response.output_item.done', ...place, item: { ...item } })
  return item
}

const eventNames = (modality: 'audio' | 'text') =>
  modality === 'audio'
    ? {
        textDelta: 'response.output_audio_transcript.delta',
        textDone: 'response.output_audio_transcript.done',
        part: (transcript: string) => ({ type: 'audio', transcript }),
        content: (transcript: string) => ({ type: 'output_audio', transcript }),
      }
    : {
        textDelta: 'response.output_text.delta',
        textDone: 'response.output_text.done',
        part: (text: string) => ({ type: 'text', text }),
        content: (text: string) => ({ type: 'output_text', text }),
      }

/** A synthetic voice begins with 200 ms of silence: the caller has waited long enough. */
function fromFirstSound(pcm: Int16Array): Int16Array {
  const first = pcm.findIndex((sample) => Math.abs(sample) >= audible)
  return pcm.subarray(Math.max(0, first - samplesBeforeSound))
}

function* base64Parts(pcm: Int16Array): Generator<string> {
  const bytes = Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength)
  for (let at = 0; at < bytes.length; at += deltaSamples * 2) {
    yield bytes.subarray(at, at + deltaSamples * 2).toString('base64')
  }
}

async function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value | undefined> {
  if (signal.aborted) return undefined
  let onAbort = () => {}
  const aborted = new Promise<undefined>((resolve) => {
    onAbort = () => resolve(undefined)
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
