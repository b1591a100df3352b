import type { FunctionDetails, FunctionInfo, ServerStatus } from '../../contract/protocol.ts'
import { oneLine } from '../../text/text.ts'
import { paintFor } from '../paint.ts'
import { parametersOf } from '../parameters.ts'
import { stateStyle } from '../server-state.ts'
import type { Listing } from './run.ts'

const maxNameWidth = 30
/** Where nobody says how wide the terminal is. */
const usualWidth = 100
const minDescription = 20

/** Servers, each with its functions in a line each; cut to the width of a terminal. */
export function listText({ servers, functions, warnings }: Listing): string {
  const paint = paintFor(process.stdout)
  const blocks = servers.map((server) => {
    const offered = functions.filter(({ name }) => server.functions.includes(name))
    const head = `${paint('bold', oneLine(server.name))}: ${paint(stateStyle(server.state), server.state)}${detailsOf(server)}`
    return [head, ...functionLines(offered)].join('\n')
  })
  const cautions = warnings.map((warning) => `warning: ${oneLine(warning)}`).join('\n')
  const count = `${functions.length} ${functions.length === 1 ? 'function' : 'functions'}`
  const from = `${servers.length} ${servers.length === 1 ? 'server' : 'servers'}`
  return `${[...blocks, ...(cautions === '' ? [] : [cautions]), `${count} of ${from}.`].join('\n\n')}\n`
}

/** Each function with its whole description, and what it takes. */
export function functionsText({ functions }: Listing): string {
  const paint = paintFor(process.stdout)
  const blocks = functions.map(({ name, servers, description, inputSchema, annotations }) => {
    const asks = annotations.destructiveHint ? ', asks for a yes first' : ''
    const parameters = parametersOf(inputSchema)
    const width = Math.max(0, ...parameters.map((one) => one.name.length))
    return [
      `${paint('bold', name)} ${paint('dim', `(${oneLine(servers.join(', '))}${asks})`)}`,
      ...description
        .split('\n')
        .filter(Boolean)
        .map((line) => `  ${line}`),
      ...parameters.map((one) => {
        const required = one.isRequired ? ', required' : ''
        const words = one.description === '' ? '' : `: ${one.description}`
        return `    ${paint('cyan', one.name.padEnd(width))}  ${one.type}${required}${words}`
      }),
    ].join('\n')
  })
  return blocks.length === 0 ? 'No function is offered.\n' : `${blocks.join('\n\n')}\n`
}

function detailsOf({ state, peer, lastError, signInUrl, rejected }: ServerStatus): string {
  if (state !== 'ready') {
    const where = signInUrl === undefined ? '' : ` (sign in at ${oneLine(signInUrl)})`
    return `${lastError === undefined ? '' : `, ${oneLine(lastError)}`}${where}`
  }
  if (peer === undefined) return ''
  const { name, version, protocolVersion, transport } = peer
  const over = transport === undefined ? '' : ` over ${transport}`
  const tools = rejected.length === 1 ? 'tool' : 'tools'
  const left = rejected.length === 0 ? '' : ` (${rejected.length} ${tools} left out: \`doctor\` says why)`
  return `, ${name} ${version}, MCP ${protocolVersion}${over}${left}`
}

function functionLines(functions: readonly (FunctionInfo & FunctionDetails)[]): string[] {
  const width = Math.min(maxNameWidth, Math.max(0, ...functions.map(({ name }) => name.length)))
  const columns = process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY
  const room = Math.max(minDescription, (columns || usualWidth) - width - '    '.length)
  return functions.map(({ name, title, description }) => {
    const words = oneLine(description === '' ? (title ?? '') : (description.split('\n')[0] ?? ''))
    const shown = words.length > room ? `${words.slice(0, room - 1)}…` : words
    return `  ${name.padEnd(width)}  ${shown}`.trimEnd()
  })
}
