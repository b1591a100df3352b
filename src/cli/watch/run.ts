import { once } from 'node:events'
import { longestTimerMs } from '../../contract/policy.ts'
import { createSwitchboard, type Switchboard } from '../../switchboard.ts'
import { oneLine } from '../../text/text.ts'
import { chooseConfiguration, tellConfiguration } from '../chosen-configuration.ts'
import type { ExitCode } from '../failure.ts'
import { interruptible } from '../interruption.ts'
import { jsonLine } from '../json-output.ts'
import { remember } from '../known-functions.ts'
import { paintFor } from '../paint.ts'
import { Changes, lineOf } from './lines.ts'
import { WatchModel } from './model.ts'
import { Screen } from './screen.ts'
import { tableLines } from './table.ts'

export interface WatchOptions {
  configFile: string | undefined
  /** Offers the servers to other processes. `port` 0: any free one. */
  proxy: { port: number; tokenFile: string } | undefined
  json: boolean
}

/** Shows the servers until it is interrupted. Leaves no process behind. */
export async function watch({ configFile, proxy, json }: WatchOptions): Promise<ExitCode> {
  const chosen = chooseConfiguration(configFile)
  tellConfiguration(chosen)
  const switchboard = createSwitchboard({ configFile: chosen.file, watch: true })
  for (const warning of switchboard.warnings) process.stderr.write(`switchboard: ${oneLine(warning)}\n`)
  let close = () => {}
  const { signal, dispose } = interruptible(() => {
    close()
    process.stderr.write('switchboard: closing the servers (Ctrl+C again to leave at once)\n')
  })
  const off = switchboard.subscribe(({ type }) => {
    if (type === 'functions.changed') remember(chosen.file, switchboard)
  })
  // Nothing else may: a switchboard keeps no process alive, and neither does a signal.
  const alive = setInterval(() => {}, longestTimerMs)
  let served: Served | undefined
  try {
    if (proxy !== undefined) served = await serve(switchboard, proxy)
    const title = served === undefined ? chosen.file : `${chosen.file}, at ${served.url}`
    const isTable = process.stdout.isTTY && !json
    close = isTable ? showTable(switchboard, title) : printChanges(switchboard, json)
    if (!signal.aborted) {
      switchboard.start()
      await once(signal, 'abort')
    }
    return 0
  } finally {
    clearInterval(alive)
    off()
    close()
    await served?.close()
    await switchboard.stop()
    dispose()
  }
}

interface Served {
  url: string
  close(): Promise<void>
}

/** Loaded only where it is wanted: it takes a web server along. */
async function serve(
  switchboard: Switchboard,
  { port, tokenFile }: NonNullable<WatchOptions['proxy']>,
): Promise<Served> {
  const [{ serveProxyHttp }, { clientsOf }] = await Promise.all([
    import('../../proxy/http.ts'),
    import('../proxy/clients.ts'),
  ])
  const clients = await clientsOf({ tokenFile }, process.env)
  const served = await serveProxyHttp(switchboard, { clients, port })
  process.stderr.write(`switchboard: the proxy listens at ${served.url}; its token is in ${tokenFile}\n`)
  return served
}

/** Both return what ends it. */
function showTable(switchboard: Switchboard, title: string): () => void {
  const model = new WatchModel()
  const paint = paintFor(process.stdout)
  const screen = new Screen(process.stdout, (columns, rows) => {
    const { servers } = switchboard
    return tableLines({ title, servers, model, now: Date.now(), columns, rows }, paint)
  })
  const off = switchboard.subscribe((event) => {
    model.take(event)
    screen.soon()
  })
  let isOpen = true
  return () => {
    if (!isOpen) return
    isOpen = false
    off()
    screen.close()
  }
}

function printChanges(switchboard: Switchboard, json: boolean): () => void {
  const changes = new Changes()
  return switchboard.subscribe((event) => {
    const change = changes.of(event)
    if (change !== undefined) process.stdout.write(json ? jsonLine(change) : `${lineOf(change)}\n`)
  })
}
