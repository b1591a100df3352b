import { expect, test } from 'vitest'
import { failureText } from '../../src/cli/call/report.ts'
import { callError } from '../../src/contract/errors.ts'
import type { CallError } from '../../src/contract/protocol.ts'

const inputSchema = { type: 'object' }
const functions = ['tell_time', 'add_note'].map((name) => ({
  ...{ name, description: '', inputSchema, servers: ['notes'], callable: true },
}))
const known = {
  functions,
  servers: [],
  details: (name: string) => ({ annotations: name === 'tell_time' ? { readOnlyHint: true } : {} }),
}

/** The last of what is told, without what stands before it in every case. */
function helpFor(name: string, error: CallError): string | undefined {
  const text = failureText(name, { ok: false, callId: '1', error, attempts: [], durationMs: 1 }, known)
  return /^ {2}help {6}(.*)\n$/m.exec(text)?.[1]
}

test.each([
  ['tel_time', 'did you mean "tell_time"?'],
  ['notes.tell_time', 'did you mean "tell_time"?'],
  ['notes__tell_time', 'did you mean "tell_time"?'],
  ['my-notes/tel_time', 'did you mean "tell_time"?'],
  ['notes.send_fax', '`switchboard list` says which functions there are'],
])('who writes %s is told: %s', (name, help) => {
  const happened = `No server offers a function named ${name}.`
  expect(helpFor(name, callError('unknown_function', 'none', happened))).toBe(help)
})

const lookFirst = 'look whether it was done before you call again'
const harmless = 'it is said to only read (readOnlyHint), so you can call again'

test.each([
  ['add_note', 'tool_error', lookFirst],
  ['tell_time', 'tool_error', harmless],
  ['tell_time', 'protocol_error', harmless],
  ['add_note', 'timed_out', `${lookFirst}; --timeout gives it longer`],
  ['tell_time', 'timed_out', `${harmless}; --timeout gives it longer`],
] as const)('after %s, which may have been done, ended %s: %s', (name, code, help) => {
  expect(helpFor(name, callError(code, 'unknown', 'It failed.'))).toBe(help)
})
