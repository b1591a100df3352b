import { closeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { subscribed } from './modern.mjs'
import { endProcess, fill } from './orders.mjs'

export function serveStdio({ notes, orders, createMcp }) {
  const mcp = createMcp()
  const write = (text) => new Promise((resolve) => process.stdout.write(text, resolve))
  const writeMessage = (message) => write(`${JSON.stringify(message)}\n`)
  /** By the ids of their requests; MCP 2026-07-28 tells events nowhere else. */
  const subscriptions = new Map()
  const tellEvent = (message) => {
    if (!mcp.isModern) return writeMessage(message)
    for (const { tell } of subscriptions.values()) tell(message)
  }
  const link = { answer: writeMessage, events: tellEvent, garble: write }

  async function serve(message) {
    const { id, method, params } = message
    if (method === 'notifications/cancelled' && !subscriptions.delete(params.requestId)) mcp.cancel(params)
    if (id !== undefined && method === undefined) mcp.hear(message)
    if (id === undefined || method === undefined) return
    const order = orders.for(method, mcp.isFirst)
    if (mcp.isModern && method === 'subscriptions/listen' && !order) {
      subscriptions.set(id, subscribed(id, params.notifications, writeMessage))
      return notes.journal({ event: 'listen' })
    }
    const answer = await mcp.answer(message, link, order)
    if (order) {
      notes.journal({ event: `order ${method}` })
      await obey(order, id, answer)
    } else if (mcp.finish(id)) await writeMessage(answer)
  }

  async function obey({ write: text, ending = 'answer' }, id, answer) {
    if (text !== undefined) await write(fill(text, id, answer))
    if (answer && ending.startsWith('answer') && mcp.finish(id)) await writeMessage(answer)
    if (ending === 'late') mcp.onCancelled(id, () => writeMessage(answer))
    if (ending === 'close') closeSync(1)
    if (ending === 'end events') {
      for (const { end } of subscriptions.values()) await end()
      subscriptions.clear()
    }
    endProcess(ending)
  }

  process.on('SIGUSR2', async () => {
    await obey(orders.for('signal', mcp.isFirst))
    notes.journal({ event: 'SIGUSR2' })
  })
  const start = orders.for('start', mcp.isFirst)
  if (start) obey(start)
  createInterface(process.stdin).on('line', (line) => serve(JSON.parse(line)))
}
