// Each *.jsonl here is a real recording. To add one: `recordTo: 'test/replays/name.jsonl'`, or `rehearse --record`, and `stop()`.
// Those that are meant to be decided otherwise from now on are recorded again: `RECORD=1 npx vitest run test/recording`.
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readTape } from '../../src/recording/read-tape.ts'
import { replay } from '../../src/recording/replay.ts'

const folder = fileURLToPath(new URL('.', import.meta.url))
const names = readdirSync(folder).filter((name) => name.endsWith('.jsonl'))

test('there are recordings', () => {
  expect(names.length).toBeGreaterThan(2)
})

test.each(names)('%s is decided as it was', (name) => {
  const { differences, isWhole } = replay(readTape(`${folder}${name}`))
  expect({ differences, isWhole }).toEqual({ differences: [], isWhole: true })
})
