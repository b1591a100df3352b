import type { ConnectionCommand } from '../../contract/connection.ts'
import { callError } from '../../contract/errors.ts'
import { clearPatientTimeout, setPatientTimeout } from '../patient-timer.ts'
import type { McpClient, ReadAnswer } from './client.ts'
import type { Problem } from './failure.ts'

/** The reads of one connection, each with its end: what the server says, or that nobody waits any more. */
export class RunningReads {
  readonly #running = new Map<string, AbortController>()

  constructor(private readonly server: string) {}

  async run(
    client: McpClient,
    { readId, request, timeoutMs }: Extract<ConnectionCommand, { type: 'read' }>,
  ): Promise<ReadAnswer> {
    const controller = new AbortController()
    const { signal } = controller
    this.#running.set(readId, controller)
    const timer = setPatientTimeout(() => controller.abort('timed_out'), timeoutMs)
    const answer = await Promise.race([client.read(request, { signal }), givenUp(this.server, signal)])
    clearPatientTimeout(timer)
    this.#running.delete(readId)
    return answer
  }

  cancel(readId: string): void {
    this.#running.get(readId)?.abort('cancelled')
  }

  endAll(reason: 'cancelled' | 'connection_lost'): void {
    for (const controller of this.#running.values()) controller.abort(reason)
  }
}

/** Ends a read whose server is no longer waited for. */
function givenUp(server: string, signal: AbortSignal): Promise<ReadAnswer> {
  return new Promise((resolve) => {
    const giveUp = () => {
      const isLate = signal.reason === 'timed_out'
      const error = isLate
        ? callError('timed_out', 'none', `${server} did not answer in time.`)
        : callError('cancelled', 'none', `Reading from ${server} was cancelled.`)
      const problem: Problem | undefined = isLate
        ? { verdict: 'suspect', reason: 'a read timed out' }
        : undefined
      resolve({ end: { ok: false, error }, problem })
    }
    signal.addEventListener('abort', giveUp, { once: true })
  })
}
