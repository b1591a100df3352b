/** Times that the project promises, measured on this machine, alone on it. `npm run bench -- --help` */
import { availableParallelism, cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { measurements } from './measurements.mjs'
import { readSaved, writeDocuments } from './report/documents.mjs'
import { table } from './report/table.mjs'

const help = `Usage: npm run bench -- [options]

Measures the switchboard, beside the MCP SDKs alone in the same run where they can do the same, and compares
with the bounds that the project promises. Nothing else should run meanwhile.

  --only NAME     this measurement; may be repeated; "load" stands for the first eight
  --samples N     of what is measured a few times only (default: 7)
  --json          print JSON instead of a table
  --save          write docs/measurements.json and what is made from it: a page and a picture
  --redraw        measure nothing; make the page and the picture from docs/measurements.json again
  --help

${measurements.map(({ name, title, isLoad }) => `  ${name.padEnd(15)} ${title}${isLoad ? '' : ' (not in "load")'}`).join('\n')}

Example: npm run bench -- --only call --only fifty
Exit code: 0, 1 where a bound is not met, 2 for wrong options.
`

const busyAbove = 0.5

const options = readOptions()
if (options?.help) process.stdout.write(help)
else if (options?.redraw) redraw()
else if (options) await run(options)

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string', multiple: true, default: [] },
        samples: { type: 'string', default: '7' },
        json: { type: 'boolean', default: false },
        save: { type: 'boolean', default: false },
        redraw: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    const known = ['load', ...measurements.map(({ name }) => name)]
    const unknown = values.only.find((name) => !known.includes(name))
    if (unknown !== undefined) throw new Error(`--only ${unknown}: it takes one of ${known.join(', ')}`)
    const samples = Number(values.samples)
    if (!(Number.isInteger(samples) && samples > 0)) {
      throw new Error(`--samples ${values.samples}: it takes a number from 1 on`)
    }
    return { ...values, samples }
  } catch (error) {
    process.stderr.write(`${error.message}\nTry: npm run bench -- --help\n`)
    process.exitCode = 2
  }
}

function redraw() {
  try {
    writeDocuments(readSaved())
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    process.stderr.write('There is no docs/measurements.json yet. Make it: npm run bench -- --save\n')
    process.exitCode = 2
  }
}

async function run({ only, samples, json, save }) {
  const [loadAverage] = loadavg()
  if (loadAverage > busyAbove) {
    process.stderr.write(
      `This machine is busy (load average ${loadAverage.toFixed(1)}): figures of now tell little.\n`,
    )
  }
  const groups = []
  for (const { name, title, about, isLoad, measure } of measurements) {
    if (only.length > 0 && !only.includes(name) && !(isLoad && only.includes('load'))) continue
    process.stderr.write(`${title} …\n`)
    const rows = await measure(samples)
    groups.push({ name, title, about, rows })
    if (!json) process.stdout.write(table(title, rows))
  }
  const ok = groups.every(({ rows }) => rows.every((row) => row.ok))
  const measured = {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    loadAverage,
    command: `npm run bench --${only.map((name) => ` --only ${name}`).join('')} --save`,
    ok,
    groups,
  }
  if (json) process.stdout.write(`${JSON.stringify(measured)}\n`)
  if (save) for (const file of writeDocuments(measured)) process.stderr.write(`written: ${file}\n`)
  process.exitCode = ok ? 0 : 1
}
