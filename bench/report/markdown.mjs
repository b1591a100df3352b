import { verdict } from './figures.mjs'
import { cells, headOf } from './table.mjs'

/** docs/measurements.md, of what docs/measurements.json holds. */
export function markdown({ date, node, platform, cpu, cores, loadAverage, command, groups }) {
  const missed = groups.flatMap(({ title, rows }) =>
    rows.filter(({ ok }) => !ok).map(({ name }) => `${title}: ${name}`),
  )
  return `<!-- Made by \`npm run bench -- --save\`; changes are lost. -->
# Measurements

![One call, 50 at once, and the start of 20 servers, beside the SDKs alone](images/measurements.svg)

Measured on ${date} with Node ${node.replace(/^v/, '')} on ${cpu} (${cores} cores, ${platform}; load average
before: ${loadAverage.toFixed(1)}), by

\`\`\`sh
${command}
\`\`\`

“SDK alone” is the client of an MCP SDK as it comes, at servers of the same kind and in the same run: the first SDK for MCP
2025-11-25, the second for 2026-07-28. Where nothing else is said, it is in turns with the switchboard, so that what slows the
machine slows both. The servers are on the same SDKs and as quick as these let them be. Processor time is that of the process
that calls, for one call.
${missed.length === 0 ? 'Every bound is met.' : `Not met: ${missed.join('; ')}.`}

${groups.map(section).join('\n')}`
}

function section({ title, about, name, rows }) {
  const head = headOf(rows)
  const lines = [
    ['', ...head, 'bound', ''],
    ['---', ...head.map(() => '--:'), '---', '---'],
    ...rows.map((row) => [row.name, ...cells(row, head), row.bound, verdict(row)]),
  ]
  return `## ${title}

${about} \`npm run bench -- --only ${name}\`

${lines.map((line) => `| ${line.join(' | ')} |`).join('\n')}
`
}
