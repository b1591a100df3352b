import { closeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { createReceived } from './received.mjs'

export function serveStdio({ random, mutator, notes, isLifted, whenLifted, createMcp, strikes }) {
  const { chance, pick, below } = random
  const mcp = createMcp()
  const received = createReceived(notes, process.pid)
  const write = (bytes) => new Promise((resolve) => process.stdout.write(bytes, resolve))
  let isOutputOpen = true
  const link = { answer: () => {}, events: () => {}, garble: () => {} }

  async function serve(message) {
    const { id, method } = message
    if (id === undefined || method === undefined) return
    received.note(message)
    const answer = await mcp.answer(message, link)
    // What was begun and never ended before is over with this.
    if (!strikes(method)) return write(`${isLifted() ? '\n' : ''}${JSON.stringify(answer)}\n`)
    if (chance(0.04)) return end()
    await writeLines(mutator.instead(answer, received.ids))
    if (chance(0.02)) end()
  }

  async function writeLines(texts) {
    for (const text of texts) {
      received.look(text)
      if (chance(0.05)) await write(pick(['\n\n\n', '\r\n', '   \n', '\u0000\n', 'a stray line\n', '\ufeff']))
      if (chance(0.05)) process.stderr.write(`${mutator.corrupt(text).slice(0, 2_000)}\n`)
      const line = mutator.bytes(text)
      const cut = chance(0.1) ? below(line.length) : line.length
      await write(line.subarray(0, cut))
      if (cut < line.length) await pause(below(20))
      await write(line.subarray(cut))
      await write(chance(0.05) ? pick(['', '\r\n', '\r', '\n\n']) : '\n')
    }
  }

  function end() {
    pick([
      () => process.kill(process.pid, 'SIGKILL'),
      () => process.exit(below(3)),
      () => {
        if (isOutputOpen) closeSync(1)
        isOutputOpen = false
      },
      () => process.stdin.pause(),
    ])()
  }

  // It was closed, by this process or by the client.
  process.stdout.on('error', () => {})
  whenLifted(() => {
    process.stdin.resume()
    write('\n{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}\n')
  })
  const lines = createInterface(process.stdin)
  lines.on('line', (line) => serve(JSON.parse(line)))
  lines.on('close', () => process.exit())
}
