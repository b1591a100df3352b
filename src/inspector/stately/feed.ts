import type { createInspector } from '@statelyai/inspect'
import type { WebSocket } from 'ws'
import { inspectMasked } from '../../inspection/masked-inspection.ts'
import type { Inspection } from '../../switchboard/inspection.ts'

/** Unsent bytes from which on a page gets nothing more until it has caught up. */
const maxUnsentBytes = 4_000_000
const catchUpAfterMs = 500

/**
 * Tells a page what Stately's inspector is to show, until its socket closes: every actor that is there, then what it gets and
 * becomes, in the messages of `@statelyai/inspect`. Dropped: what a page is too slow for; it is told of every actor anew when it
 * has read what is on its way.
 */
export function feedStately(socket: WebSocket, inspection: Inspection, create: typeof createInspector): void {
  let stop: (() => void) | undefined
  let catchingUp: NodeJS.Timeout | undefined

  const { inspect } = create({
    send: (message) => {
      // What was told before it fell behind comes a little later.
      if (!stop) return
      if (socket.bufferedAmount > maxUnsentBytes) fallBehind()
      else socket.send(JSON.stringify(message))
    },
  })
  const begin = () => {
    stop = inspectMasked(inspection, inspect)
  }
  const end = () => {
    stop?.()
    stop = undefined
  }
  const fallBehind = () => {
    end()
    catchingUp = setTimeout(catchUp, catchUpAfterMs).unref()
  }
  const catchUp = () => {
    if (socket.bufferedAmount > 0) fallBehind()
    else begin()
  }
  socket.once('close', () => {
    clearTimeout(catchingUp)
    end()
  })
  // It has nothing to say.
  socket.on('message', () => socket.close(1008, 'this page only listens'))
  begin()
}
