import { expect, test } from 'vitest'
import { lastWords } from '../../src/actors/connection/last-words.ts'

const crashOfNode = `node:internal/modules/cjs/loader:1210
  throw err;
  ^

Error: Cannot find module '/srv/gone.mjs'
    at Module._resolveFilename (node:internal/modules/cjs/loader:1207:15) {
  code: 'MODULE_NOT_FOUND',
  requireStack: []
}

Node.js v20.20.2`

test.each([
  ['a crash of Node', crashOfNode, "; it wrote: Error: Cannot find module '/srv/gone.mjs'"],
  [
    'one of Python',
    'Traceback (most recent call last):\n  File "x.py", line 1\nModuleNotFoundError: No module named \'x\'',
    "; it wrote: ModuleNotFoundError: No module named 'x'",
  ],
  ['words of its own', 'starting …\nthe database is locked', '; it wrote: the database is locked'],
  ['nothing but a word in place of a message', '', '; it printed: Usage: server [port]'],
])('of %s, the line that says why', (_, stderr, words) => {
  expect(lastWords(stderr, 'Usage: server [port]')).toBe(words)
})
