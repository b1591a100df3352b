import { once } from 'node:events'
import { resolve } from 'node:path'
import { readConfiguration } from '../../config/read.ts'
import { SwitchboardError } from '../../contract/errors.ts'
import type { SwitchboardEvent } from '../../contract/protocol.ts'
import { serveProxyHttp } from '../../proxy/http.ts'
import { serveProxyStdio } from '../../proxy/stdio.ts'
import { createSwitchboard, type Switchboard } from '../../switchboard.ts'
import { registeredTelemetry } from '../../telemetry/registered.ts'
import { oneLine } from '../../text/text.ts'
import { chooseConfiguration, tellConfiguration } from '../chosen-configuration.ts'
import type { ExitCode } from '../failure.ts'
import { interruptible } from '../interruption.ts'
import { type Tell, teller } from '../json-output.ts'
import { reasonOf } from '../server-state.ts'
import { proxyTokenVariable } from '../token-file.ts'
import { clientsOf } from './clients.ts'
import type { ProxyCommandOptions } from './options.ts'
import { unknownServers, watchFunctions } from './unknown-names.ts'

/** Serves until it is interrupted, over stdio also until its client has gone. Leaves no process behind. */
export async function serveProxy(options: ProxyCommandOptions): Promise<ExitCode> {
  const { watch, stdio, json } = options
  const chosen = chooseConfiguration(options.configFile)
  tellConfiguration(chosen)
  const { file: configFile } = chosen
  // Over stdio, standard output is the client's.
  const tell = teller(json, stdio ? process.stderr : process.stdout)
  if (!watch && readConfiguration(configFile, process.env).entries.length === 0) {
    throw new SwitchboardError(
      'no_usable_server',
      `${configFile}: it names no server; add one under "mcpServers"`,
    )
  }
  const clients = stdio ? {} : await clientsOf(options, process.env)
  const switchboard = createSwitchboard({ configFile, watch, ...(await registeredTelemetry(process.env)) })
  const warn = (text: string) => tell({ type: 'warning', text }, text)
  for (const warning of switchboard.warnings) warn(warning)
  switchboard.subscribe((event) => tellServer(tell, event))
  watchFunctions(switchboard, clients, warn)
  const interruption = interruptible(() => tell({ type: 'ending' }, 'ending (Ctrl+C again to leave at once)'))
  const { signal } = interruption
  try {
    if (stdio) {
      switchboard.start()
      await serveProxyStdio(switchboard, { signal })
      return 0
    }
    const proxy = await serveProxyHttp(switchboard, { clients, port: options.port })
    try {
      // Not before it has its port: without it nothing is to happen.
      switchboard.start()
      const names = switchboard.servers.map(({ name }) => name)
      for (const warning of unknownServers(clients, names)) warn(warning)
      tellStart(tell, options, switchboard, proxy.url)
      if (!signal.aborted) await once(signal, 'abort')
      return 0
    } finally {
      await proxy.close()
    }
  } finally {
    await switchboard.stop()
    interruption.dispose()
  }
}

function tellStart(tell: Tell, options: ProxyCommandOptions, { servers }: Switchboard, url: string): void {
  const { clientsFile } = options
  const tokenFile = resolve(options.tokenFile)
  const names = servers.map(({ name }) => name)
  const whose =
    clientsFile === undefined
      ? `The token that its clients show is in ${tokenFile}, which nobody else can read:
  export ${proxyTokenVariable}=$(cat '${tokenFile}')`
      : `Its clients and their tokens are those of ${resolve(clientsFile)}.`
  const entry = { url, headers: { Authorization: `Bearer \${${proxyTokenVariable}}` } }
  tell(
    {
      ...{ type: 'proxy', url, servers: names },
      ...(clientsFile === undefined ? { tokenFile } : { clientsFile: resolve(clientsFile) }),
    },
    `The proxy listens at ${url}, for processes of this machine, and offers: ${names.join(', ')}.
${whose}
Any MCP client:
  { "mcpServers": { "switchboard": ${JSON.stringify(entry)} } }
In a configuration of Switchboard put "switchboard": { "proxy": true } beside "url".
Voice agents:
  npx switchboard worker --proxy ${url}
`,
  )
}

function tellServer(tell: Tell, event: SwitchboardEvent): void {
  if (event.type === 'configuration.rejected') {
    tell({ type: 'configuration', problem: event.reason }, `nothing is changed: ${event.reason}`)
  }
  if (event.type === 'server.logged') {
    const { server, level, text } = event
    tell({ type: 'log', server, level, text }, oneLine(`${server} logs (${level}): ${text}`))
  }
  if (event.type !== 'server.changed' || event.previous === event.server.state) return
  const { name, state, functions } = event.server
  const reason = reasonOf(event.server)
  const details = state === 'ready' ? functions.join(', ') : (reason ?? '')
  tell(
    { type: 'server', name, state, ...(reason === undefined ? {} : { reason }) },
    oneLine(`${name} is ${state}${details === '' ? '' : `: ${details}`}`),
  )
}
