import { messageOf } from '../../contract/errors.ts'
import { type Item, newId } from './items.ts'
import type { ResponseInput, Send } from './wire.ts'

export interface Response {
  id: string
  request: ResponseInput
  output: Item[]
  signal: AbortSignal
}

type CancelReason = 'turn_detected' | 'client_cancelled'

interface Running {
  response: Response
  controller: AbortController
  reason?: CancelReason
}

/** Queued beyond this, a client is out of step. */
const maximumQueued = 8

/** One response at a time; those asked for meanwhile wait. Each that was created is done, whatever happens. */
export class Responses {
  readonly #send: Send
  readonly #perform: (response: Response) => Promise<void>
  readonly #queue: Running[] = []
  #active: Running | undefined

  constructor(send: Send, perform: (response: Response) => Promise<void>) {
    this.#send = send
    this.#perform = perform
  }

  /** False if too many wait already. */
  create(request: ResponseInput = {}): boolean {
    if (this.#queue.length >= maximumQueued) return false
    const controller = new AbortController()
    const response = { id: newId('resp'), request, output: [], signal: controller.signal }
    this.#queue.push({ response, controller })
    this.#next()
    return true
  }

  /** Ends the response that runs and those that wait. False if there is none, or none with this id. */
  cancel(reason: CancelReason, responseId?: string): boolean {
    const running = [...(this.#active ? [this.#active] : []), ...this.#queue].filter(
      ({ response, controller }) => {
        return !controller.signal.aborted && (responseId === undefined || response.id === responseId)
      },
    )
    for (const one of running) {
      one.reason = reason
      one.controller.abort()
    }
    return running.length > 0
  }

  #next(): void {
    if (this.#active) return
    this.#active = this.#queue.shift()
    if (this.#active) void this.#run(this.#active)
  }

  async #run(running: Running): Promise<void> {
    const { response, controller } = running
    this.#send({ type: 'response.created', response: describe(response, 'in_progress', null) })
    let failure: string | undefined
    try {
      if (!controller.signal.aborted) await this.#perform(response)
    } catch (error) {
      failure = messageOf(error)
    }
    this.#active = undefined
    if (failure !== undefined) {
      const details = {
        type: 'failed',
        error: { type: 'server_error', code: 'rehearsal_failed', message: failure },
      }
      this.#send({ type: 'response.done', response: describe(response, 'failed', details) })
    } else if (controller.signal.aborted) {
      const details = { type: 'cancelled', reason: running.reason ?? 'client_cancelled' }
      this.#send({ type: 'response.done', response: describe(response, 'cancelled', details) })
    } else {
      this.#send({ type: 'response.done', response: describe(response, 'completed', null) })
    }
    this.#next()
  }
}

const noTokens = { total_tokens: 0, input_tokens: 0, output_tokens: 0 }

const describe = ({ id, output, request }: Response, status: string, details: unknown) => ({
  id,
  object: 'realtime.response',
  status,
  status_details: details,
  output,
  metadata: request.metadata ?? null,
  usage: noTokens,
})
