import { messageOf } from '../../contract/errors.ts'
import type { RehearsalFact } from '../events.ts'
import type { Phrases } from '../grammar/commands.ts'
import { type Grammar, makeGrammar, type Understanding } from '../grammar/grammar.ts'
import { samplesPerMs } from '../pcm.ts'
import type { Speech } from '../speech/speech.ts'
import type { Voice } from '../speech/voices.ts'
import { decide, dictation, type Stimulus } from './decide.ts'
import { type Ears, type EarsEvent, type Heard, openEars } from './ears.ts'
import { askable, confirmationCode, needsNoWords, phrasesFor } from './fixed-functions.ts'
import { type Item, Items, type MessageItem, newId, newItem, newMessage, typedText } from './items.ts'
import { perform } from './performing.ts'
import { type Response, Responses } from './responses.ts'
import { SessionConfig } from './session-config.ts'
import { type ClientEvent, RequestError, type Send, type SessionInput } from './wire.ts'

/** The rehearsal never passes for a model of OpenAI's, whatever a client asks for. */
export const modelName = 'rehearsal'

export interface SessionOptions {
  speech: Speech
  voice: Voice
  phrases: Phrases
  send: Send
  observe: (fact: RehearsalFact) => void
  warn: (message: string) => void
}

/** As the Realtime API wants for a commit. */
const minimumCommitSamples = 100 * samplesPerMs

/** One connection: hears, decides, calls and speaks. */
export class Session {
  readonly #options: SessionOptions
  readonly #send: Send
  readonly #ears: Ears
  readonly #responses: Responses
  readonly #items = new Items()
  readonly #id = newId('sess')
  readonly #config = new SessionConfig()
  #grammar: Grammar
  #stimuli: Stimulus[] = []
  #updates: Promise<void> = Promise.resolve()
  #hearing: { item: MessageItem; done: () => void; finished: Promise<void> } | undefined
  #itemId = newId('item')
  #bufferedSamples = 0
  #speaking = false
  /** Of the call that waits for the caller's yes. */
  #confirmation: string | undefined

  constructor(options: SessionOptions) {
    this.#options = options
    this.#send = options.send
    this.#grammar = makeGrammar([], options)
    this.#ears = openEars(options.speech, (event) => this.#onEars(event))
    this.#responses = new Responses(options.send, (response) => this.#respond(response))
    this.#send({ type: 'session.created', session: this.#describe() })
  }

  /** Throws a `RequestError` for what cannot be done. */
  handle(event: ClientEvent): void {
    if (event.type === 'session.update') this.#update(event.session)
    else if (event.type === 'input_audio_buffer.append') this.#append(event.audio)
    else if (event.type === 'input_audio_buffer.commit') this.#commit()
    else if (event.type === 'input_audio_buffer.clear') this.#clear()
    else if (event.type === 'conversation.item.create') {
      this.#create(newItem(event.item), event.previous_item_id)
    } else if (event.type === 'conversation.item.delete') {
      this.#items.delete(event.item_id)
      this.#send({ type: 'conversation.item.deleted', item_id: event.item_id })
    } else if (event.type === 'conversation.item.truncate') {
      this.#truncate(event.item_id, event.content_index, event.audio_end_ms)
    } else if (event.type === 'response.create') {
      if (this.#responses.create(event.response)) return
      throw new RequestError('too_many_responses', 'Too many responses wait already.')
    } else if (!this.#responses.cancel('client_cancelled', event.response_id)) {
      // The plugin passes over errors that start like this, as OpenAI's does.
      throw new RequestError('response_cancel_not_active', 'Cancellation failed: no active response found')
    }
  }

  close(): void {
    this.#responses.cancel('client_cancelled')
    this.#ears.close()
  }

  #describe() {
    return {
      ...this.#config.wanted,
      type: 'realtime',
      object: 'realtime.session',
      id: this.#id,
      model: modelName,
    }
  }

  #update(update: SessionInput): void {
    this.#config.update(update)
    this.#ears.configure(this.#config.listening)
    const session = this.#describe()
    const ready = update.tools ? this.#learn() : Promise.resolve()
    this.#updates = Promise.all([this.#updates, ready]).then(() =>
      this.#send({ type: 'session.updated', session }),
    )
  }

  async #learn(): Promise<void> {
    const tools = askable(this.#config.tools, this.#confirmation)
    const phrases = { ...phrasesFor(tools), ...this.#options.phrases }
    const { grammar, ready } = this.#ears.setTools(tools, phrases)
    this.#grammar = grammar
    const { sayable, leftOut } = grammar
    for (const { name, reason } of leftOut) this.#options.warn(`${name} cannot be said: ${reason}.`)
    try {
      await ready
      this.#options.observe({ type: 'tools', sayable: sayable.map(({ example }) => example), leftOut })
    } catch (error) {
      this.#options.warn(`No function can be said: ${messageOf(error)}`)
    }
  }

  #append(base64: string): void {
    const bytes = Buffer.from(base64, 'base64')
    if (bytes.length % 2 !== 0) throw new RequestError('invalid_audio', 'PCM16 has two bytes a sample.')
    const pcm = new Int16Array(bytes.length / 2)
    for (let sample = 0; sample < pcm.length; sample++) pcm[sample] = bytes.readInt16LE(sample * 2)
    this.#bufferedSamples += pcm.length
    this.#ears.feed(pcm)
  }

  #clear(): void {
    this.#bufferedSamples = 0
    this.#speaking = false
    this.#ears.clear()
    this.#send({ type: 'input_audio_buffer.cleared' })
  }

  #commit(): void {
    const empty =
      this.#config.turnDetection === null ? this.#bufferedSamples < minimumCommitSamples : !this.#speaking
    if (empty) {
      throw new RequestError('input_audio_buffer_commit_empty', 'There is no speech in the buffer to commit.')
    }
    this.#bufferedSamples = 0
    if (this.#config.turnDetection === null) this.#commitItem()
    this.#ears.commit()
  }

  #onEars(event: EarsEvent): void {
    if (event.type === 'started') {
      this.#speaking = true
      this.#options.observe({ type: 'speech.started', atMs: event.atMs })
      const started = { audio_start_ms: event.atMs, item_id: this.#itemId }
      this.#send({ type: 'input_audio_buffer.speech_started', ...started })
      if (this.#config.turnDetection?.interrupt_response !== false) this.#responses.cancel('turn_detected')
    } else if (event.type === 'stopped') {
      this.#speaking = false
      this.#options.observe({ type: 'speech.stopped', atMs: event.atMs })
      const stopped = { audio_end_ms: event.atMs, item_id: this.#itemId }
      this.#send({ type: 'input_audio_buffer.speech_stopped', ...stopped })
      this.#commitItem()
    } else if (event.type === 'heard') this.#onHeard(event)
    else {
      this.#options.warn(`The rehearsal could not listen: ${event.message}`)
      if (this.#hearing) this.#onHeard({ transcript: '', guess: '', score: -Infinity, speech: true })
    }
  }

  #commitItem(): void {
    const item: MessageItem = {
      ...newMessage('user', [{ type: 'input_audio', transcript: null }], 'completed'),
      id: this.#itemId,
    }
    this.#itemId = newId('item')
    this.#send({
      type: 'input_audio_buffer.committed',
      previous_item_id: this.#items.lastId,
      item_id: item.id,
    })
    this.#add(item)
    let done = () => {}
    const finished = new Promise<void>((resolve) => {
      done = resolve
    })
    this.#hearing = { item, done, finished }
  }

  #onHeard(heard: Heard): void {
    const hearing = this.#hearing
    if (!hearing) return
    this.#hearing = undefined
    const { transcript, understanding } = heard
    this.#observeHeard('voice', heard.guess, heard.score, understanding)
    hearing.item.content = [{ type: 'input_audio', transcript }]
    if (this.#config.wantsTranscripts) {
      this.#send({
        type: 'conversation.item.input_audio_transcription.completed',
        item_id: hearing.item.id,
        content_index: 0,
        transcript,
        usage: { type: 'duration', seconds: 0 },
      })
    }
    if (heard.speech) this.#stimuli.push({ type: 'said', understanding })
    hearing.done()
    const detection = this.#config.turnDetection
    if (heard.speech && detection !== null && detection.create_response !== false) this.#responses.create()
  }

  #observeHeard(
    source: 'voice' | 'typed',
    guess: string,
    score: number,
    understanding: Understanding | undefined,
  ): void {
    this.#options.observe({
      type: 'heard',
      source,
      transcript: understanding?.transcript ?? '',
      guess,
      score,
      ...(understanding && { function: understanding.name }),
      ...(understanding?.type === 'unheard' && { unheard: understanding.unheard }),
    })
  }

  #create(item: Item, previousId: string | null | undefined): void {
    this.#add(item, previousId)
    const typed = typedText(item)
    if (typed !== undefined) {
      const understanding = this.#grammar.read(typed)
      this.#observeHeard('typed', typed, 0, understanding)
      this.#stimuli.push({ type: 'said', understanding })
    }
    if (item.type === 'function_call_output') {
      if (!needsNoWords(this.#items.calledBy(item.call_id), item.output)) {
        this.#stimuli.push({ type: 'output', output: item.output })
      }
      this.#options.observe({ type: 'answered', callId: item.call_id, output: item.output })
      const code = confirmationCode(item.output)
      if (code !== undefined) this.#confirm(code)
    }
    // A conversation that is restored after a reconnect: what was answered needs no answer, and what was called no call.
    if (item.type === 'message' && item.role === 'assistant') this.#stimuli = []
    if (item.type === 'function_call') this.#stimuli = this.#stimuli.filter(({ type }) => type !== 'said')
  }

  /** While a call waits for it, a yes or a no can be heard. */
  #confirm(code: string | undefined): void {
    if (code === this.#confirmation) return
    this.#confirmation = code
    this.#updates = Promise.all([this.#updates, this.#learn()]).then(() => {})
  }

  #add(item: Item, previousId?: string | null): void {
    const previous = this.#items.add(item, previousId)
    this.#send({ type: 'conversation.item.added', previous_item_id: previous, item: { ...item } })
  }

  #truncate(itemId: string, contentIndex: number, audioEndMs: number): void {
    const item = this.#items.get(itemId)
    if (item?.type !== 'message' || item.role !== 'assistant') {
      throw new RequestError('item_not_found', `There is no spoken item ${itemId} to truncate.`)
    }
    // As OpenAI does: the text is removed, since it is not known how far it was heard.
    item.content = item.content.map((content, index) => {
      return index === contentIndex ? { ...content, transcript: null } : content
    })
    const truncated = { item_id: itemId, content_index: contentIndex, audio_end_ms: audioEndMs }
    this.#send({ type: 'conversation.item.truncated', ...truncated })
  }

  async #respond(response: Response): Promise<void> {
    await this.#hearing?.finished
    const { request } = response
    const dictated = dictation(request.instructions)
    const stimuli = dictated === undefined ? this.#stimuli.splice(0) : []
    const steps = decide({
      stimuli,
      dictated,
      callable: this.#config.callable(request),
      waiting: this.#items.openCalls().length > 0,
      example: this.#grammar.sayable[0]?.example,
    })
    if (steps.some((step) => step.type === 'call' && step.name === 'confirm_call')) this.#confirm(undefined)
    await perform(steps, response, {
      send: this.#send,
      addItem: (item) => this.#add(item),
      observe: this.#options.observe,
      speech: this.#options.speech,
      voice: this.#config.voice(this.#options.voice),
      modality: this.#config.modality(request),
    })
  }
}
