import type { RawData, WebSocket } from 'ws'
import { z } from 'zod'
import { parseJson } from '../../contract/json.ts'
import type { Changes, LiveMessage } from '../wire.ts'
import type { LiveModel } from './model.ts'

/** Unsent bytes from which on a page gets nothing more until it has caught up. */
const maxUnsentBytes = 1_000_000

const catchUpAfterMs = 500

const commandSchema = z.object({ type: z.literal('follow'), actorId: z.string().max(200).nullable() })

/** Pages of the same moment get the same text. */
const texts = new WeakMap<Changes, string>()

function textOf(changes: Changes, at: number): string {
  const known = texts.get(changes)
  if (known !== undefined) return known
  const text = JSON.stringify({ type: 'changes', at, changes } satisfies LiveMessage)
  texts.set(changes, text)
  return text
}

/**
 * Feeds one page until its socket closes. Dropped: what a page is too slow for; it gets everything anew when it has read what is
 * on its way. Kept of it: nothing but which actor it follows.
 */
export function feed(socket: WebSocket, model: LiveModel): void {
  let catchingUp: NodeJS.Timeout | undefined
  let followed: string | undefined
  let toldSteps = 0

  const send = (message: LiveMessage) => socket.send(JSON.stringify(message))
  const sendSnapshot = (isCatchUp: boolean) => {
    send({ type: 'snapshot', snapshot: model.snapshot(), isCatchUp })
    sendSteps(Date.now())
  }
  const sendSteps = (at: number) => {
    if (followed === undefined) return
    const steps = model.actors.stepsOf(followed, toldSteps)
    const [first] = steps
    const last = steps.at(-1)
    if (!first || !last) return
    const missed = first.number - toldSteps - 1
    toldSteps = last.number
    send({ type: 'changes', at, changes: { steps: { actorId: followed, steps, missed } } })
  }
  const catchUp = () => {
    catchingUp = undefined
    if (socket.bufferedAmount > 0) catchUpSoon()
    else sendSnapshot(true)
  }
  const catchUpSoon = () => {
    catchingUp ??= setTimeout(catchUp, catchUpAfterMs).unref()
  }
  const off = model.watch((changes, at, isWhole) => {
    if (catchingUp) return
    if (isWhole || socket.bufferedAmount > maxUnsentBytes) catchUpSoon()
    else {
      if (Object.keys(changes).length > 0) socket.send(textOf(changes, at))
      sendSteps(at)
    }
  })
  socket.on('message', (data: RawData, isBinary: boolean) => {
    const command = isBinary ? undefined : read(data)
    if (!command) {
      socket.close(1008, 'this is no command of the page')
      return
    }
    followed = command.actorId ?? undefined
    toldSteps = 0
    if (socket.bufferedAmount > maxUnsentBytes) catchUpSoon()
    else if (!catchingUp) sendSteps(Date.now())
  })
  socket.once('close', () => {
    clearTimeout(catchingUp)
    off()
  })
  sendSnapshot(false)
}

function read(data: RawData): z.infer<typeof commandSchema> | undefined {
  return commandSchema.safeParse(parseJson(data.toString())).data
}
