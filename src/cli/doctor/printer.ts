import { listed } from '../listed.ts'
import { paintFor, type Style } from '../paint.ts'
import type { Diagnosis, ServerReport } from './report.ts'

const width = 80
const labelWidth = 14
const indent = '  '
const maxListCharacters = 400
const maxRejected = 10
const renamed = 'the plain name is taken by a server above; "group" or "as" change that'

/** Text for people; in colour on a terminal. */
export function plainText({ configFile, warnings, servers }: Diagnosis): string {
  const paint = paintFor(process.stdout)
  const blocks = servers.map((server) =>
    [
      `${paint('bold', server.name)}: ${paint(styles[server.verdict], server.verdict)}`,
      ...rowsOf(server).flatMap(([label, value]) => row(label, value)),
    ].join('\n'),
  )
  const cautions = warnings.flatMap((warning) => row('warning', warning))
  const foot = [...(cautions.length > 0 ? [cautions.join('\n')] : []), summary(servers)]
  return `${[fill(configFile, width).join('\n'), ...blocks, ...foot].join('\n\n')}\n`
}

const styles: Record<ServerReport['verdict'], Style> = {
  usable: 'green',
  'not usable': 'red',
  disabled: 'dim',
}

function rowsOf(server: ServerReport): [label: string, value: string][] {
  const { command, folder, url, peer, functions, rejected = [], startUpMs, pingMs, problem, help } = server
  const moreRejected = rejected.length - maxRejected
  const rows: [string, string | undefined][] = [
    ['command', command?.map(quoted).join(' ')],
    ['in', folder],
    ['url', url],
    ['problem', problem],
    ['help', help],
    ['server', peer && `${peer.name} ${peer.version}, MCP ${peer.protocolVersion} over ${peer.transport}`],
    ['capabilities', peer && (peer.capabilities.join(', ') || 'none')],
    [
      'tools',
      functions && [`${functions.length}`, listed(functions, maxListCharacters)].filter(Boolean).join(': '),
    ],
    ['renamed', functions?.some((name) => name.startsWith(`${server.name}__`)) ? renamed : undefined],
    ...rejected
      .slice(0, maxRejected)
      .map(({ name, reason }): [string, string] => ['left out', `${name}: ${reason}`]),
    ['left out', moreRejected > 0 ? `and ${moreRejected} more` : undefined],
    ['ready after', startUpMs === undefined ? undefined : `${startUpMs} ms`],
    ['ping', pingMs === undefined ? undefined : `${pingMs} ms`],
    ...(server.stderr ?? []).map((line, index): [string, string] => [index === 0 ? 'stderr' : '', line]),
  ]
  return rows.flatMap(([label, value]) => (value === undefined ? [] : [[label, value]]))
}

function row(label: string, value: string): string[] {
  const lines = fill(value, width - indent.length - labelWidth)
  return lines.map((line, index) => `${indent}${(index === 0 ? label : '').padEnd(labelWidth)}${line}`)
}

/** Cut between words, and inside one that is longer than a line. */
function fill(text: string, lineWidth: number): string[] {
  const lines: string[] = []
  let rest = text
  while (rest.length > lineWidth) {
    const space = rest.lastIndexOf(' ', lineWidth)
    const end = space > 0 ? space : lineWidth
    lines.push(rest.slice(0, end))
    rest = rest.slice(end).trimStart()
  }
  return [...lines, rest]
}

function quoted(word: string): string {
  return /^[^\s"'\\]+$/.test(word) ? word : JSON.stringify(word)
}

function summary(servers: readonly ServerReport[]): string {
  const count = (verdict: ServerReport['verdict']) =>
    servers.filter((server) => server.verdict === verdict).length
  const disabled = count('disabled')
  const enabled = servers.length - disabled
  const verb = count('usable') === 1 || enabled === 1 ? 'is' : 'are'
  const usable = `${count('usable')} of ${enabled} ${enabled === 1 ? 'server' : 'servers'} ${verb} usable`
  return disabled === 0 ? `${usable}.` : `${usable}; ${disabled} ${disabled === 1 ? 'is' : 'are'} disabled.`
}
