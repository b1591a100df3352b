import type { ServerStatus } from '../../contract/protocol.ts'

export interface Trouble {
  problem: string
  help: string
}

/** What is wrong with a server that was examined, and what would help; nothing where it can be used. `place`: `mcpServers.bank`. */
export function problemOf(
  status: ServerStatus,
  place: string,
  connectTimeoutMs: number,
): Trouble | undefined {
  const { state, functions, lastError } = status
  if (state === 'ready') return functions.length === 0 ? noTool(status, place) : undefined
  const problem = lastError ?? `it is ${state}`
  // These texts are our own, and end with the remedy.
  const [, what, remedy] = /^(.*); (.*?)$/s.exec(problem) ?? []
  if ((state === 'failed' || state === 'unauthorized') && what && remedy) {
    return { problem: what, help: remedy }
  }
  // A wrong entry never became a server; its text says what to write.
  if (status.generation === 0) return { problem, help: `correct ${place}` }
  const isSilent = problem.endsWith('within the connect time-out')
  return {
    problem: isSilent ? `${problem} of ${connectTimeoutMs} ms` : problem,
    help: adviceOn(problem, place, status),
  }
}

function noTool({ rejected, peer }: ServerStatus, place: string): Trouble {
  const problem = 'it offers no tool'
  if (rejected.length > 0) return { problem, help: 'correct those that are left out, at the server' }
  if (!peer?.capabilities.includes('tools')) return { problem, help: 'take it out: it has none by itself' }
  return { problem, help: `look at "include" and "exclude" in ${place}.switchboard` }
}

function adviceOn(problem: string, place: string, { transport, stderr }: ServerStatus): string {
  const isLocal = transport === 'stdio'
  const advice: [RegExp, string][] = [
    [
      /^it writes what is no message/,
      'its standard output is for messages of MCP alone, one a line: let it log to stderr; or it is no MCP server',
    ],
    [
      /within the connect time-out$/,
      isLocal
        ? `run the command by hand to see what it waits for, or raise ${place}.switchboard.connectTimeoutMs`
        : `check that ${place}.url is that of an MCP server, or raise ${place}.switchboard.connectTimeoutMs`,
    ],
    [
      /^its process ended \(exit code 0\)/,
      'it ended by itself, as a program that is done, and an MCP server goes on; check its command and arguments',
    ],
    [/^its process ended/, `run the command by hand${stderr ? '; what it wrote to stderr may say why' : ''}`],
    [/^it closed its output/, 'run the command by hand; it has to speak MCP on its standard output'],
    [/ECONNREFUSED/, `start the server, or correct host and port in ${place}.url`],
    [/ENOTFOUND|EAI_/, `correct the host in ${place}.url, or check the network`],
    [/UND_ERR_CONNECT_TIMEOUT/, `check host and port in ${place}.url, the network and its firewalls`],
    [
      /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL/,
      `check its certificate and https in ${place}.url; NODE_EXTRA_CA_CERTS names further authorities`,
    ],
    [/protocol version/, 'update the server, or this program'],
    [/pings/, 'it connects and then falls silent: restart or update it'],
    [
      /HTTP status 4\d\d|content type/,
      `check the path in ${place}.url, often /mcp (Streamable HTTP) or /sse (HTTP+SSE)`,
    ],
    [/HTTP status 5\d\d/, `its log may say why; or check the path in ${place}.url`],
  ]
  const general = isLocal ? 'run the command by hand' : `check ${place}.url, and the network`
  return advice.find(([pattern]) => pattern.test(problem))?.[1] ?? general
}
