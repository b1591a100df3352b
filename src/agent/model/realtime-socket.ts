import { WebSocket } from 'ws'

export interface RealtimeTarget {
  url: string
  headers: Record<string, string>
}

/** The Realtime endpoint could not be reached, or refused. */
export class RealtimeUnreachableError extends Error {
  constructor({ url }: RealtimeTarget, reason: string) {
    super(`cannot reach the Realtime endpoint at ${withoutQuery(url)}: ${reason}`)
    this.name = 'RealtimeUnreachableError'
  }
}

/** The connection ended in the middle of a call. It is dialled again. */
export class RealtimeLostError extends Error {
  constructor({ url }: RealtimeTarget, code: number) {
    super(
      `the connection to the Realtime endpoint at ${withoutQuery(url)} was lost (${code}); dialling again`,
    )
    this.name = 'RealtimeLostError'
  }
}

/**
 * An open socket, or a `RealtimeUnreachableError`. It keeps an error listener for life: a socket without one ends the
 * process when its connection fails.
 */
export function openSocket(
  target: RealtimeTarget,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<WebSocket> {
  const fail = (reason: string): RealtimeUnreachableError => new RealtimeUnreachableError(target, reason)
  if (signal.aborted) return Promise.reject(fail('the call was ended'))
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(target.url, { headers: target.headers })
    const settle = (end: () => void): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      end()
    }
    const giveUp = (reason: string): void => {
      settle(() => reject(fail(reason)))
      socket.terminate()
    }
    const onAbort = (): void => giveUp('the call was ended')
    const timer = setTimeout(() => giveUp(`no answer within ${timeoutMs} ms`), timeoutMs)
    signal.addEventListener('abort', onAbort, { once: true })
    socket.on('error', (error) => settle(() => reject(fail(reasonOf(error)))))
    socket.once('open', () => settle(() => resolve(socket)))
  })
}

/** Says good-bye, and cuts the line if the other side does not answer. */
export function closeSocket(socket: WebSocket, timeoutMs: number): Promise<void> {
  if (socket.readyState === WebSocket.CLOSED) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.terminate(), timeoutMs)
    socket.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
    socket.close()
  })
}

/** A connection refused on two addresses at once comes without a message. */
function reasonOf(error: Error): string {
  if (error.message !== '') return error.message
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

function withoutQuery(url: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}
