import { type TransferListItem, Worker } from 'node:worker_threads'
import type { ListenerEvent } from './listener.ts'
import type { Command, EarsCommand, Message, OneShot, Result, WorkerRole } from './messages.ts'

// Tests run from the sources, and Node 20 cannot load TypeScript in a worker: they use the worker that was built.
const workerUrl = import.meta.url.endsWith('.ts')
  ? new URL('../../../dist/rehearsal/speech/worker.js', import.meta.url)
  : new URL('./worker.js', import.meta.url)

/** A thread that hears or speaks, as the main thread sees it. */
export class SpeechThread {
  readonly #worker: Worker
  readonly #pending = new Map<number, { resolve: (result: Result) => void; reject: (error: Error) => void }>()
  readonly #listeners = new Map<number, (event: ListenerEvent) => void>()
  readonly #ready: Promise<void>
  #lastId = 0
  #failure: Error | undefined

  static async start(role: WorkerRole['role'], onFailure: (error: Error) => void): Promise<SpeechThread> {
    const thread = new SpeechThread(role, onFailure)
    await thread.#ready
    return thread
  }

  private constructor(role: WorkerRole['role'], onFailure: (error: Error) => void) {
    const workerData: WorkerRole = { role }
    this.#worker = new Worker(workerUrl, { workerData, execArgv: [] })
    let ready = false
    this.#ready = new Promise((resolve, reject) => {
      this.#worker.on('message', (message: Message) => {
        if (message.type === 'ready') {
          ready = true
          resolve()
        } else this.#receive(message)
      })
      this.#worker.on('error', (reason) => {
        const error = reason instanceof Error ? reason : new Error(String(reason))
        this.#fail(error)
        reject(error)
        if (ready) onFailure(error)
      })
      this.#worker.on('exit', () => {
        const error = new Error('The speech thread has ended.')
        this.#fail(error)
        reject(error)
      })
    })
  }

  async ask(command: EarsCommand | OneShot, transfer: TransferListItem[] = []): Promise<Result> {
    if (this.#failure) throw this.#failure
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      const numbered: Command = { ...command, id }
      this.#worker.postMessage(numbered, transfer)
    })
  }

  /** Without waiting; a refusal comes as an event. */
  tell(command: EarsCommand, transfer: TransferListItem[] = []): void {
    this.ask(command, transfer).catch((error: Error) => {
      this.#listeners.get(command.call)?.({ type: 'failed', message: error.message })
    })
  }

  listen(call: number, listener: (event: ListenerEvent) => void): void {
    this.#listeners.set(call, listener)
  }

  forget(call: number): void {
    this.#listeners.delete(call)
  }

  async stop(): Promise<void> {
    this.#listeners.clear()
    await this.#worker.terminate()
  }

  #receive(message: Message): void {
    if (message.type === 'event') this.#listeners.get(message.call)?.(message.event)
    if (message.type === 'result') this.#take(message.id)?.resolve(message.result)
    if (message.type === 'refused') this.#take(message.id)?.reject(new Error(message.message))
  }

  #take(id: number) {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    return pending
  }

  #fail(error: Error): void {
    this.#failure ??= error
    for (const { reject } of this.#pending.values()) reject(this.#failure)
    this.#pending.clear()
  }
}
