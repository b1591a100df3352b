import { resolve } from 'node:path'
import { SwitchboardError } from '../../contract/errors.ts'
import type { FunctionDetails, FunctionInfo, ServerStatus } from '../../contract/protocol.ts'
import { createSwitchboard } from '../../switchboard.ts'
import { chooseConfiguration, tellConfiguration } from '../chosen-configuration.ts'
import { longestConnectTimeout } from '../connect-time.ts'
import type { ExitCode } from '../failure.ts'
import { interruptible } from '../interruption.ts'
import { jsonDocument } from '../json-output.ts'
import { remember } from '../known-functions.ts'
import { StatusLine } from '../status-line.ts'
import { untilListed } from '../until-listed.ts'
import { functionsText, listText } from './printer.ts'

export interface ListOptions {
  configFile: string | undefined
  onlyFunctions: boolean
  json: boolean
}

/** What `--json` prints. */
export interface Listing {
  configFile: string
  warnings: string[]
  /** In the order of the file. */
  servers: ServerStatus[]
  functions: (FunctionInfo & FunctionDetails)[]
}

/** Starts the servers, lists what they offer, and leaves no process behind. */
export async function list(options: ListOptions): Promise<ExitCode> {
  const { onlyFunctions, json } = options
  const chosen = chooseConfiguration(options.configFile)
  tellConfiguration(chosen)
  const timeoutMs = longestConnectTimeout(chosen.file)
  const switchboard = createSwitchboard({ configFile: chosen.file })
  const status = new StatusLine()
  const { signal, dispose } = interruptible(() =>
    status.note('interrupted; closing the servers (again to leave at once)'),
  )
  try {
    switchboard.start()
    const { servers } = switchboard
    if (servers.length === 0) {
      const what = `${chosen.file}: it names no server that is switched on; add one`
      throw new SwitchboardError('no_usable_server', what)
    }
    await untilListed(switchboard, { signal, status, timeoutMs })
    if (signal.aborted) return 130
    const listing: Listing = {
      configFile: resolve(chosen.file),
      warnings: switchboard.warnings,
      servers: switchboard.servers,
      functions: switchboard.functions.map((one) => ({
        ...one,
        ...(switchboard.details(one.name) ?? { annotations: {} }),
      })),
    }
    remember(chosen.file, switchboard)
    const text = onlyFunctions ? functionsText(listing) : listText(listing)
    process.stdout.write(json ? jsonDocument(listing) : text)
    return listing.servers.every(({ state }) => state === 'ready') ? 0 : 1
  } finally {
    status.end()
    await switchboard.stop()
    dispose()
  }
}
