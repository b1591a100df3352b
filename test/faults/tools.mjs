/** The tools of the test server. Each gets its arguments and a `host`: notes, directory, progress, change. */
import { randomUUID } from 'node:crypto'
import { fileAppears } from './notes.mjs'

const text = (value) => ({ content: [{ type: 'text', text: value }] })
const object = (properties = {}, required = []) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})
const until = { type: 'string', description: 'It answers once this file appears.' }
const repeatable = { readOnlyHint: true, idempotentHint: true }

async function answerAfter(file, host, what) {
  if (file !== undefined) await fileAppears(host.directory, file)
  return text(`${what} ${host.process}`)
}

/** A token that nobody but this server can know, with characters that must survive. */
function token(_, host) {
  const secret = `${randomUUID()} ümläut \u202e\u0007 ${'🎉'} "\\n"`
  host.note({ token: secret })
  return {
    content: [
      { type: 'text', text: secret, _meta: { 'test/position': 1 } },
      { type: 'image', mimeType: 'image/png', data: 'AAAA' },
      { type: 'text', text: '', annotations: { audience: ['user'] } },
    ],
  }
}

async function progress({ steps, everyMs }, host) {
  for (let step = 1; step <= steps; step++) {
    await new Promise((resolve) => setTimeout(resolve, everyMs))
    await host.progress(step, steps)
  }
  await new Promise((resolve) => setTimeout(resolve, everyMs))
  return text(`${steps} steps`)
}

/** Holds the whole process up, then only itself. */
async function block({ blockMs, thenMs }) {
  const endsAt = Date.now() + blockMs
  while (Date.now() < endsAt);
  if (thenMs > 0) await new Promise((resolve) => setTimeout(resolve, thenMs))
  return text('through')
}

export const standardTools = {
  token: { inputSchema: object(), run: token },
  charge: {
    inputSchema: object({ amount: { type: 'integer', minimum: 1 }, until }, ['amount']),
    run: ({ amount, until }, host) => answerAfter(until, host, `charged ${amount} by`),
  },
  look: {
    inputSchema: object({ until }),
    annotations: repeatable,
    run: ({ until }, host) => answerAfter(until, host, 'seen by'),
  },
  /** Answers at once, but the first process that is asked waits for ever. */
  look_twice: {
    inputSchema: object(),
    annotations: repeatable,
    run: (_, host) => answerAfter(host.isFirst ? 'never' : undefined, host, 'seen by'),
  },
  sum: {
    inputSchema: object({ answer: { enum: ['right', 'wrong', 'none'] } }, ['answer']),
    outputSchema: object({ total: { type: 'number' } }, ['total']),
    run: ({ answer }) => {
      if (answer === 'none') return text('3')
      return { ...text('3'), structuredContent: { total: answer === 'right' ? 3 : 'three' } }
    },
  },
  /** Never answers, and does nothing meanwhile. */
  wait: {
    inputSchema: object(),
    run: () => new Promise(() => {}),
  },
  fail: {
    inputSchema: object(),
    run: () => ({ ...text('the printer is out of paper'), isError: true }),
  },
  progress: {
    inputSchema: object({ steps: { type: 'integer' }, everyMs: { type: 'integer' } }, ['steps', 'everyMs']),
    run: progress,
  },
  block: {
    inputSchema: object({ blockMs: { type: 'integer' }, thenMs: { type: 'integer' } }, ['blockMs', 'thenMs']),
    run: block,
  },
  environment: {
    inputSchema: object(),
    run: () => text(JSON.stringify(process.env)),
  },
  /** Offers one more tool, and says so: `where` is the answer's own stream or that of the events. */
  change: {
    inputSchema: object({ where: { enum: ['answer', 'events'] } }, ['where']),
    run: async ({ where }, host) => {
      await host.change({ name: 'extra', inputSchema: object() }, where)
      return text('changed')
    },
  },
  /** Text glued to the answer, as a stray `print` makes it. */
  garble: {
    inputSchema: object(),
    run: async (_, host) => {
      await host.garble('a stray line without an end ')
      return answerAfter(undefined, host, 'garbled by')
    },
  },
  /** A pattern that does not compile with the `u` flag, as many servers have. */
  odd_pattern: {
    inputSchema: object({ name: { type: 'string', pattern: "^[\\w\\'-]+$" } }, ['name']),
    run: ({ name }) => text(`hello ${name}`),
  },
}

export const malformedTools = [
  { name: 'no_object', inputSchema: { type: 'string' } },
  { description: 'has no name', inputSchema: { type: 'object' } },
  { name: 'bad_output', inputSchema: { type: 'object' }, outputSchema: 'what' },
  { name: 'bad_reference', inputSchema: { type: 'object', $ref: '#/nowhere' } },
]
