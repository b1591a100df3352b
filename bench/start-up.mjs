/**
 * What `import('mcp-switchboard')` takes beside the import of the two packages that it cannot do without, each in a process of
 * its own, in turns. Alone: `node bench/start-up.mjs [SAMPLES]` prints JSON.
 */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { rowOf } from './report/row.mjs'
import { median } from './statistics.mjs'

const maxRatio = 1.2
const samplesOfEach = 15
const root = new URL('../dist/index.js', import.meta.url).href
const sides = { floor: ['xstate', 'zod'], root: [root] }

/** `samples` of each side in milliseconds, by the clock and of processor time. */
function startUpTimes(samples) {
  const times = { floor: [], root: [] }
  for (let n = 0; n < samples; n++) {
    for (const side of Object.keys(sides)) times[side].push(timesOf(sides[side]))
  }
  return times
}

export function startUpRows() {
  const times = startUpTimes(samplesOfEach)
  const [floor, root] = [times.floor, times.root].map((all) => all.map(({ ms }) => ms))
  const ratio = median(root) / median(floor)
  return [
    rowOf('xstate and zod alone', floor),
    rowOf('mcp-switchboard', root),
    { name: '… in times of that', bound: `≤ ${maxRatio} ×`, ours: ratio, unit: '×', ok: ratio <= maxRatio },
  ]
}

function timesOf(specifiers) {
  const imports = specifiers.map((one) => `await import(${JSON.stringify(one)});`).join('')
  const program = `const at = performance.now(), before = process.cpuUsage(); ${imports}
    const ms = performance.now() - at, { user, system } = process.cpuUsage(before)
    console.log(JSON.stringify({ ms, processorMs: (user + system) / 1000 }))`
  const here = new URL('.', import.meta.url)
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', program], { cwd: here }))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(`${JSON.stringify(startUpTimes(Number(process.argv[2] ?? samplesOfEach)))}\n`)
}
