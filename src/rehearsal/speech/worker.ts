import { parentPort, workerData } from 'node:worker_threads'
import { concatenate, sampleRate } from '../pcm.ts'
import { listeningRate } from './acoustics.ts'
import { Flite } from './flite.ts'
import { Listener } from './listener.ts'
import type { Command, EarsCommand, Message, Result, WorkerRole } from './messages.ts'
import { Recognizer } from './recognizer.ts'
import { Resampler, resample } from './resample.ts'
import { sentencePieces } from './sentences.ts'
import { toSpeech } from './spoken.ts'
import type { Voice } from './voices.ts'

/** Entry of a speech thread: recognition and synthesis never run on the main thread. */

interface Call {
  recognizer: Recognizer
  listener: Listener
  resampler: Resampler
}

const port = parentPort
if (!port) throw new Error('This is the entry of a worker thread; use startSpeech().')

const { role }: WorkerRole = workerData
const flite = await Flite.load()
const calls = new Map<number, Call>()
const spares: Recognizer[] = []
const queues = new Map<number | string, Promise<void>>()

const post = (message: Message, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer)

const takeRecognizer = async (): Promise<Recognizer> => spares.pop() ?? Recognizer.create(flite)

function giveBack(recognizer: Recognizer): void {
  recognizer.reset()
  spares.push(recognizer)
}

function say(text: string, voice: Voice): Int16Array {
  const parts = sentencePieces(toSpeech(text)).map((piece) => {
    const spoken = flite.synthesise(piece, voice)
    return resample(spoken.pcm, spoken.sampleRate, sampleRate)
  })
  return concatenate(parts)
}

async function earsCommand(command: EarsCommand): Promise<void> {
  if (command.op === 'open') {
    const recognizer = await takeRecognizer()
    const listener = new Listener(recognizer, command.options, (event) => {
      post({ type: 'event', call: command.call, event })
    })
    calls.set(command.call, { recognizer, listener, resampler: new Resampler(sampleRate, listeningRate) })
    return
  }
  const call = calls.get(command.call)
  if (!call) return
  if (command.op === 'configure') call.listener.configure(command.options)
  if (command.op === 'grammar') call.listener.setGrammar(command.grammar)
  if (command.op === 'feed') call.listener.feed(call.resampler.feed(command.pcm))
  if (command.op === 'commit') call.listener.commit()
  if (command.op === 'clear') call.listener.clear()
  if (command.op === 'close') {
    calls.delete(command.call)
    giveBack(call.recognizer)
  }
}

async function perform(command: Command): Promise<Result> {
  if (command.op === 'say') return { pcm: say(command.text, command.voice) }
  if (command.op === 'recognize') {
    const recognizer = await takeRecognizer()
    try {
      recognizer.setGrammar(command.grammar.jsgf, command.grammar.words)
      return { hypothesis: recognizer.hear(resample(command.pcm, command.sampleRate, listeningRate)) }
    } finally {
      giveBack(recognizer)
    }
  }
  await earsCommand(command)
  return { done: true }
}

async function answer(command: Command): Promise<void> {
  try {
    const result = await perform(command)
    const transfer = 'pcm' in result && result.pcm.buffer instanceof ArrayBuffer ? [result.pcm.buffer] : []
    post({ type: 'result', id: command.id, result }, transfer)
  } catch (error) {
    // Not `messageOf`: for that, each thread would load the core.
    const message = error instanceof Error ? error.message : String(error)
    post({ type: 'refused', id: command.id, message })
  }
}

port.on('message', (command: Command) => {
  const queue = 'call' in command ? command.call : command.op
  const last = (queues.get(queue) ?? Promise.resolve()).then(() => answer(command))
  queues.set(queue, last)
  if (command.op === 'close') void last.then(() => queues.delete(queue))
})

// The first sentence and the first decoder take ten times as long as later ones.
if (role === 'mouth') flite.synthesise('Ready.', 'slt')
else giveBack(await Recognizer.create(flite))
post({ type: 'ready' })
