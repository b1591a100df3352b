import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { callRows, scalingRows } from '../../bench/load/rows.mjs'
import { markdown } from '../../bench/report/markdown.mjs'
import type { Measured } from '../../bench/report/measured.d.mts'
import { svg } from '../../bench/report/svg.mjs'
import { table } from '../../bench/report/table.mjs'
import { percentile } from '../../bench/statistics.mjs'

const stdio = { over: 'stdio', era: '2026-07-28' }
const http = { over: 'HTTP', era: '2026-07-28' }
const raw = { p50: 0.125, p99: 2, cpuMs: 0.1 }

const measured: Measured = {
  date: '2026-11-26',
  node: 'v20.20.2',
  platform: 'linux x64',
  cpu: 'A & B',
  cores: 2,
  loadAverage: 0.12,
  command: 'npm run bench -- --only call --save',
  ok: false,
  groups: [
    {
      name: 'call',
      title: 'One call',
      about: 'To a tool that does nothing.',
      rows: callRows([{ ...stdio, raw, ours: { p50: 0.375, p99: 3, cpuMs: 0.4 } }]),
    },
    {
      name: 'recovery',
      title: 'Recovery',
      about: 'Of one server.',
      rows: [
        { name: 'cold start', unit: 'ms', ours: 230, worst: 1_240, bound: '', ok: true },
        { name: 'back again', unit: 'ms', ours: 40.25, worst: 99.9, bound: '≤ 500 ms', ok: true },
      ],
    },
  ],
}

test('a percentile is the smallest figure that so many do not exceed', () => {
  const hundred = Array.from({ length: 100 }, (_, n) => 100 - n)
  expect([0.01, 0.5, 0.99, 1].map((part) => percentile(hundred, part))).toEqual([1, 50, 99, 100])
  expect([0, 0.5, 0.99].map((part) => percentile([3, 1, 2], part))).toEqual([1, 2, 3])
})

test('a bound over stdio is of what is added, and over HTTP of the ratio', () => {
  const met = (over: typeof stdio, p50: number) =>
    callRows([{ ...over, raw, ours: { ...raw, p50 } }]).map(({ bound, ok }) => [bound, ok])[0]
  expect(met(stdio, 0.274)).toEqual(['≤ 0.15 ms more', true])
  expect(met(stdio, 0.276)).toEqual(['≤ 0.15 ms more', false])
  expect(met(http, 0.1256)).toEqual(['≤ 1.0 ×', true])
  expect(met(http, 0.127)).toEqual(['≤ 1.0 ×', false])
})

test('what a call costs among many is held against what it costs alone, each of its kind', () => {
  const rows = scalingRows([
    { of: 'servers', count: 1, raw: 0.1, ours: 0.2 },
    { of: 'servers', count: 200, raw: 0.1, ours: 0.3 },
    { of: 'calls', count: 1, raw: 0.1, ours: 0.1 },
    { of: 'calls', count: 1_000, raw: 0.1, ours: 0.3 },
  ])
  expect(rows.map(({ name, bound, ok }) => [name, bound, ok])).toEqual([
    ['one call beside 0 idle servers', '', true],
    ['one call beside 199 idle servers', '≤ 1.5 × the first', true],
    ['1 calls in flight, one conversation', '', true],
    ['1,000 calls in flight, one conversation', '≤ 1.5 × the first', false],
  ])
})

test('a terminal shows figures in columns, with a verdict where there is a bound', () => {
  const [call, recovery] = measured.groups.map(({ title, rows }) => table(title, rows))
  expect(call).toBe(`
One call                    SDK alone  Switchboard  difference   ratio  bound
stdio, MCP 2026-07-28, p50   0.125 ms     0.375 ms   +0.250 ms  3.00 ×  ≤ 0.15 ms more  NOT MET
… p99                         2.00 ms      3.00 ms    +1.00 ms  1.50 ×
… processor time             0.100 ms     0.400 ms   +0.300 ms  4.00 ×
`)
  expect(recovery).toBe(`
Recovery    Switchboard     worst  bound
cold start       230 ms  1,240 ms
back again      40.3 ms   99.9 ms  ≤ 500 ms  ok
`)
})

test('the page of the docs says on what and by which command, and names what is not met', () => {
  const page = markdown(measured)
  expect(page).toContain(
    'Measured on 2026-11-26 with Node 20.20.2 on A & B (2 cores, linux x64; load average\nbefore: 0.1)',
  )
  expect(page).toContain('```sh\nnpm run bench -- --only call --save\n```')
  expect(page).toContain('Not met: One call: stdio, MCP 2026-07-28, p50.')
  expect(page).toContain(`## Recovery

Of one server. \`npm run bench -- --only recovery\`

|  | Switchboard | worst | bound |  |
| --- | --: | --: | --- | --- |
| cold start | 230 ms | 1,240 ms |  |  |
| back again | 40.3 ms | 99.9 ms | ≤ 500 ms | ok |
`)
})

test('the picture has a bar of each side as long as its figure, and nothing that is not compared', () => {
  const picture = svg(measured)
  const bars = [...picture.matchAll(/<rect class="(raw|ours)" x="235" y="\d+" width="([\d.]+)"/g)]
  expect(bars.map(([, side, length]) => [side, Number(length)])).toEqual([
    ['raw', 131.7],
    ['ours', 395],
  ])
  expect(picture).toContain('0.125 ms')
  expect(picture).not.toContain('Recovery')
  expect(picture).toContain('prefers-color-scheme: dark')
})

const docs = new URL('../../docs/', import.meta.url)
const json = new URL('measurements.json', docs)

test.skipIf(!existsSync(json))('the page and the picture are made from the figures that are saved', () => {
  const saved: Measured = JSON.parse(readFileSync(json, 'utf8'))
  expect(readFileSync(new URL('measurements.md', docs), 'utf8')).toBe(markdown(saved))
  expect(readFileSync(new URL('images/measurements.svg', docs), 'utf8')).toBe(svg(saved))
})
