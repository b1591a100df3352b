/** Measurements that are written in TypeScript, as rows; each runs in a process of its own. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { rowOf } from './report/row.mjs'
import { median } from './statistics.mjs'

/**
 * A real call at real time. A caller begins to be heard some 100 ms after the first sound; the model that listens takes
 * them, and OpenAI's will take its own.
 */
export async function voiceRows(samples) {
  const measured = await run('voice', String(samples))
  return [
    ['filler', 'a slow call to the first sound of a filler', 1_600],
    ['silencedSinceVoice', "a caller's first sound to the agent's last", 200],
    ['silencedSinceHeard', '… from when it is taken for speech', 200],
    ['cancelledSinceHeard', '… to the cancel at the server', 50],
  ].map(([key, name, limitMs]) => {
    const row = rowOf(
      name,
      measured.map((one) => one[key]),
    )
    return { ...row, bound: `≤ ${limitMs} ms`, ok: row.worst <= limitMs }
  })
}

/** What somebody before a page hears and sees, in a real Chromium. 400 ms of each answer are the silence that ends a turn. */
export async function pageRows(samples) {
  const project = fileURLToPath(new URL('..', import.meta.url))
  const { answer, servers, callable, frames, events, callWithout, callWithPage } = await run(
    ...['page', project, String(samples)],
  )
  const times = [
    [answer, "a caller's last sound to the answer's first", 700],
    [servers, "the page's start to its servers in sight", 3_000],
    [callable, '… to a call button that works', 6_000],
  ].map(([values, name, limitMs]) => {
    const row = rowOf(name, values)
    return { ...row, bound: `p50 ≤ ${limitMs} ms`, ok: row.ours <= limitMs }
  })
  const rates = Object.entries(frames).map(([view, rate]) => {
    const row = rowOf(`frames under load, ${view}`, [rate], '/s')
    return { ...row, bound: '≥ 50 /s', ok: rate >= 50 }
  })
  const ratio = median(callWithPage) / median(callWithout)
  return [
    ...times,
    rowOf('events under load', [events], '/s'),
    ...rates,
    rowOf('a call under load, with no page', callWithout),
    rowOf('… with a page', callWithPage),
    { ...rowOf('… as a ratio', [ratio], '×'), bound: '≤ 1.05', ok: ratio <= 1.05 },
  ]
}

async function run(name, ...args) {
  const script = fileURLToPath(
    new URL(`../node_modules/.cache/switchboard-tools/bench/${name}.js`, import.meta.url),
  )
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args])
  return JSON.parse(stdout)
}
