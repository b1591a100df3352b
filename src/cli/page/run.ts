import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from '../../config/expand.ts'
import { messageOf } from '../../contract/errors.ts'
import { createInspector, type PageVoice } from '../../inspector/index.ts'
import { createSwitchboard, type Switchboard } from '../../switchboard.ts'
import { type ChosenConfiguration, chooseConfiguration, tellConfiguration } from '../chosen-configuration.ts'
import { type ExitCode, UsageError } from '../failure.ts'
import { interruptible } from '../interruption.ts'
import { jsonPrinter, type Printer, textPrinter } from '../rehearse/printer.ts'
import { extrasOf, rehearsalFolder, rehearsedEnvironment } from '../rehearsed-world.ts'
import { withStatus } from '../status-line.ts'
import type { LocalRegistry } from './local-registry.ts'
import type { PageOptions } from './options.ts'

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
  const chosen = chooseConfiguration(options.configFile)
  if (chosen.how === 'found') tellConfiguration(chosen)
  const environment = await environmentFor(options, chosen, cleanUps)
  const switchboard = openServers(options, chosen.file, environment, printer)
  cleanUps.push(() => switchboard.stop())
  const { host, port, allowFaults, stately, livekitRoom } = options
  // LiveKit's client writes on standard output otherwise.
  if (livekitRoom !== undefined) process.env.NODE_ENV ??= 'production'
  const voice = voiceIn(environment, options)
  const own = await localRegistry(options, cleanUps)
  const inspector = await createInspector(switchboard, {
    ...{ host, port, voice, allowFaults, stately },
    ...(own ? { registry: own.registry, userServersOf: own.userServersOf } : {}),
  })
  cleanUps.push(() => inspector.close())
  own?.isAt(inspector.url)
  printer.page(inspector.url)
  if (inspector.statelyUrl !== undefined) printer.stately(inspector.statelyUrl)
  // Not before the page has its port: without it nothing is to happen.
  switchboard.start()
  await inspector.voiceSettled
}

/** Loaded only where it is wanted: it takes a database along. */
async function localRegistry(
  { registry }: PageOptions,
  cleanUps: (() => Promise<unknown>)[],
): Promise<LocalRegistry | undefined> {
  if (registry === undefined) return undefined
  const { openLocalRegistry } = await import('./local-registry.ts')
  const { folder = join(rehearsalFolder, 'registry'), allowHosts, templatesFile } = registry
  const opened = await withStatus('opening the registry', () =>
    openLocalRegistry({ folder, allowHosts, templates: templatesFile }),
  )
  cleanUps.push(() => opened.close())
  return opened
}

/** @throws UsageError for a room without a server */
function voiceIn(
  { OPENAI_API_KEY: apiKey, ...environment }: Environment,
  { instructions, livekitRoom: room }: PageOptions,
): PageVoice {
  return {
    ...(apiKey ? { openai: { apiKey } } : {}),
    ...(instructions === undefined ? {} : { instructions }),
    ...(room === undefined ? {} : { livekit: { room, ...readLiveKit(environment) } }),
  }
}

function readLiveKit(environment: Environment): { url: string; apiKey: string; apiSecret: string } {
  const { LIVEKIT_URL: url, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret } = environment
  if (!url || !apiKey || !apiSecret) {
    throw new UsageError('--livekit: set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET of the server')
  }
  return { url, apiKey, apiSecret }
}

/** What is sent to `${SMTP_URL}` stays here where nothing else is asked for. */
async function environmentFor(
  { offline, watch, environment }: PageOptions,
  file: ChosenConfiguration,
  cleanUps: (() => Promise<unknown>)[],
): Promise<Environment> {
  if (environment !== undefined) return environment
  if (!offline && file.how !== 'example') return process.env
  if (extrasOf(file, watch) === '') return rehearsedEnvironment(rehearsalFolder, undefined)
  const { startOutbox } = await import('../outbox.ts')
  await mkdir(rehearsalFolder, { recursive: true })
  const outbox = await startOutbox({ folder: join(rehearsalFolder, 'outbox') })
  cleanUps.push(() => outbox.close())
  return offline
    ? rehearsedEnvironment(rehearsalFolder, outbox)
    : { ...process.env, SMTP_URL: outbox.url, DRAFTS_DIR: join(rehearsalFolder, 'drafts') }
}

function openServers(
  { watch, recordTo }: PageOptions,
  configFile: string,
  environment: Environment,
  printer: Printer,
): Switchboard {
  const switchboard = createSwitchboard({
    ...{ configFile, watch, environment },
    ...(recordTo === undefined ? {} : { recordTo }),
  })
  for (const warning of switchboard.warnings) printer.note(warning)
  switchboard.subscribe((event) => printer.server(event))
  return switchboard
}
