import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Environment } from '../../config/expand.ts'
import { messageOf } from '../../errors.ts'
import { createInspector, type InspectorOptions } from '../../inspector/index.ts'
import { createSwitchboard, type Switchboard } from '../../switchboard.ts'
import { exampleConfigFile } from '../example-config.ts'
import type { ExitCode } from '../failure.ts'
import { interruptible } from '../interruption.ts'
import { jsonPrinter, type Printer, textPrinter } from '../rehearse/printer.ts'
import { rehearsedEnvironment } from '../rehearsed-world.ts'
import type { PageOptions } from './options.ts'

const folder = resolve('rehearsal')

/** Serves the page until it is interrupted. Leaves no process behind. */
export async function openPage(options: PageOptions): Promise<ExitCode> {
  const print = (line: string) => process.stdout.write(`${line}\n`)
  const printer = (options.json ? jsonPrinter : textPrinter)(Date.now(), print)
  const interruption = interruptible(() =>
    printer.note('ending calls and closing the servers (Ctrl+C again to leave at once)'),
  )
  const cleanUps: (() => Promise<unknown>)[] = []
  try {
    await serve(options, printer, cleanUps)
    if (!interruption.signal.aborted) await once(interruption.signal, 'abort')
    return 0
  } finally {
    for (const cleanUp of cleanUps.reverse()) {
      await cleanUp().catch((error: unknown) => printer.problem(messageOf(error)))
    }
    interruption.dispose()
  }
}

async function serve(
  options: PageOptions,
  printer: Printer,
  cleanUps: (() => Promise<unknown>)[],
): Promise<void> {
  const environment = await environmentFor(options, cleanUps)
  const switchboard = startServers(options, environment, printer)
  cleanUps.push(() => switchboard.stop())
  const { host, port, instructions, allowFaults, stately } = options
  const apiKey = environment.OPENAI_API_KEY
  const voice: InspectorOptions['voice'] = {
    ...(apiKey ? { openai: { apiKey } } : {}),
    ...(instructions === undefined ? {} : { instructions }),
  }
  const inspector = await createInspector(switchboard, { host, port, voice, allowFaults, stately })
  cleanUps.push(() => inspector.close())
  printer.page(inspector.url)
  if (inspector.statelyUrl !== undefined) printer.stately(inspector.statelyUrl)
  await inspector.voiceSettled
}

/** What is sent to `${SMTP_URL}` stays here where nothing else is asked for. */
async function environmentFor(
  { offline, configFile }: PageOptions,
  cleanUps: (() => Promise<unknown>)[],
): Promise<Environment> {
  if (!offline && configFile !== undefined) return process.env
  const { startOutbox } = await import('../outbox.ts')
  await mkdir(folder, { recursive: true })
  const outbox = await startOutbox({ folder: join(folder, 'outbox') })
  cleanUps.push(() => outbox.close())
  return offline
    ? rehearsedEnvironment(folder, outbox)
    : { ...process.env, SMTP_URL: outbox.url, DRAFTS_DIR: join(folder, 'drafts') }
}

function startServers(
  { configFile = exampleConfigFile, watch, recordTo }: PageOptions,
  environment: Environment,
  printer: Printer,
): Switchboard {
  const switchboard = createSwitchboard({
    ...{ configFile, watch, environment },
    ...(recordTo === undefined ? {} : { recordTo }),
  })
  for (const warning of switchboard.warnings) printer.note(warning)
  switchboard.subscribe((event) => printer.server(event))
  switchboard.start()
  return switchboard
}
