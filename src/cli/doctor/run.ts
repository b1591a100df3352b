import { resolve } from 'node:path'
import { readConfigurationFile } from '../../config/file.ts'
import { parseServers } from '../../config/servers.ts'
import { SwitchboardError } from '../../contract/errors.ts'
import { createSwitchboard } from '../../switchboard.ts'
import { chooseConfiguration, tellConfiguration } from '../chosen-configuration.ts'
import { connectTimeoutOf } from '../connect-time.ts'
import type { ExitCode } from '../failure.ts'
import { interruptible } from '../interruption.ts'
import { jsonDocument } from '../json-output.ts'
import { StatusLine } from '../status-line.ts'
import { chosenInVain } from './chosen-in-vain.ts'
import { commandLine, describeEntry } from './entry.ts'
import { examine } from './examine.ts'
import { plainText } from './printer.ts'
import { type Diagnosis, diagnose, toldLine } from './report.ts'
import { StderrTap } from './stderr-tap.ts'

export interface DoctorOptions {
  configFile: string | undefined
  json: boolean
}

/**
 * The ping of an ordinary heartbeat is what is measured, so the heartbeat comes early. A server that fails is dialled once
 * more at once, as ever, and then hardly again while others are awaited.
 */
const pace = { heartbeatMs: 250, minBackOffMs: 30_000, maxBackOffMs: 30_000 }

/**
 * Starts every server of a configuration, says what it found, and leaves no process behind.
 * @throws SwitchboardError where the configuration cannot be read
 */
export async function doctor({ configFile: named, json }: DoctorOptions): Promise<ExitCode> {
  const chosen = chooseConfiguration(named)
  tellConfiguration(chosen)
  const { file: configFile } = chosen
  const environment = process.env
  const { servers: unexpanded, ...file } = readConfigurationFile(configFile)
  const { entries } = parseServers(unexpanded, environment, file)
  if (Object.keys(unexpanded).length === 0) {
    throw new SwitchboardError(
      'no_usable_server',
      `${configFile}: it names no server; add one under "${file.key}"`,
    )
  }
  const switchboard = createSwitchboard({ configFile, environment, ...pace })
  const status = new StatusLine()
  const { signal, dispose } = interruptible(() =>
    status.note('interrupted; closing the servers (again to leave at once)'),
  )
  const tap = new StderrTap()
  try {
    const names = entries.map(({ name }) => name)
    const examined = await examine(
      switchboard,
      names,
      Math.max(0, ...entries.map(({ definition }) => connectTimeoutOf(definition))),
      signal,
      status,
    )
    const definitions = entries.flatMap(({ definition }) => definition ?? [])
    const inVain = await Promise.all(
      definitions.map((definition) => chosenInVain(switchboard, definition, file.key, signal)),
    )
    await switchboard.stop()
    if (signal.aborted) return 130
    const servers = Object.entries(unexpanded).map(([name, raw]) => {
      const definition = entries.find((entry) => entry.name === name)?.definition
      const found = examined.get(name)
      return diagnose({
        name,
        place: `${file.key}.${name}`,
        connectTimeoutMs: connectTimeoutOf(definition),
        entry: describeEntry(raw, definition?.target),
        found,
        stderr: definition ? tap.take(commandLine(raw, environment, file)) : '',
      })
    })
    const diagnosis: Diagnosis = {
      ok: servers.every(({ verdict }) => verdict !== 'not usable'),
      configFile: resolve(configFile),
      warnings: [...switchboard.warnings, ...inVain.flat().map(toldLine)],
      servers,
    }
    process.stdout.write(json ? jsonDocument(diagnosis) : plainText(diagnosis))
    return diagnosis.ok ? 0 : 1
  } finally {
    status.end()
    await switchboard.stop()
    tap.close()
    dispose()
  }
}
