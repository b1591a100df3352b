/**
 * The test server's wire, with tools whose one deed is a line in the ledger: who was served, and the receipt that only this
 * run can have answered with. Over stdio or, with `--http PORT`, Streamable HTTP; then its port is its only output.
 */
import { randomUUID } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { serveHttp } from '../faults/http.mjs'
import { createMcp } from '../faults/mcp.mjs'
import { eraIn } from '../faults/modern.mjs'
import { createOrders } from '../faults/orders.mjs'
import { serveStdio } from '../faults/stdio.mjs'

const { values } = parseArgs({
  options: { directory: { type: 'string' }, http: { type: 'string' }, era: { type: 'string' } },
})
const { directory } = values
const append = (file, line) => appendFileSync(join(directory, file), `${line}\n`)
append('processes', process.pid)

const orders = createOrders(directory)
const notes = {
  ledger() {},
  journal({ event, port }) {
    if (event === 'listening') process.stdout.write(`${port}\n`)
  },
}

/** `answer`: `right`, an `error` of the tool, or one that is a `misfit` to its own schema. */
async function act({ call, takesMs = 0, answer = 'right' }) {
  const receipt = randomUUID()
  append('ledger.jsonl', JSON.stringify({ at: Date.now(), call, receipt }))
  const waitMs = takesMs + (orders.for('answer')?.afterMs ?? 0)
  if (waitMs > 0) await pause(waitMs)
  const content = [{ type: 'text', text: receipt }]
  if (answer === 'error') return { content, isError: true }
  return { content, structuredContent: { receipt: answer === 'misfit' ? 0 : receipt } }
}

const tool = {
  inputSchema: {
    type: 'object',
    properties: {
      call: { type: 'string' },
      takesMs: { type: 'integer', minimum: 0 },
      answer: { enum: ['right', 'error', 'misfit'] },
    },
    required: ['call'],
    additionalProperties: false,
  },
  outputSchema: { type: 'object', properties: { receipt: { type: 'string' } }, required: ['receipt'] },
  run: act,
}

const options = { ...values, era: eraIn(directory, values.era), named: [], 'lost-session': '404' }
const server = {
  notes,
  orders,
  createMcp: () =>
    createMcp({
      ...{ options, directory, notes, isFirst: false, awake: async () => {} },
      offered: { charge: tool, look: tool },
    }),
}

process.stdin.on('end', () => process.exit(0)).resume()
if (values.http === undefined) serveStdio(server)
else serveHttp(server, options)
