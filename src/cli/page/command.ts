import { Command } from 'commander'
import { requirePackages } from '../../packages.ts'
import { chooseConfiguration } from '../chosen-configuration.ts'
import {
  allowHostOption,
  configOption,
  instructionsOption,
  jsonLinesOption,
  recordOption,
  watchOption,
} from '../common-options.ts'
import { type Ended, UsageError } from '../failure.ts'
import { helpText, wrongInput } from '../help.ts'
import { extrasOf } from '../rehearsed-world.ts'
import { portValue } from '../values.ts'

interface ParsedOptions {
  config?: string
  watch?: boolean
  host: string
  port?: number
  offline?: boolean
  allowFaults?: boolean
  stately?: boolean
  livekit?: string
  instructions?: string
  registry?: string | true
  allowHost?: string[]
  templates?: string
  record?: string
  json?: boolean
}

const help = helpText({
  before: `Environment:
  OPENAI_API_KEY   offers OpenAI's model on the page, beside the rehearsal; it costs money only when somebody chooses it
  LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET   the LiveKit server, for --livekit

It runs until Ctrl+C.`,
  exitCodes: { 0: 'after Ctrl+C', 1: 'it cannot go on', 2: wrongInput },
  examples: [
    'page --config mcp.json',
    'page --offline --allow-faults      what npm start does',
    'page --registry --templates examples/templates.json',
  ],
})

export function pageCommand(ended: Ended): Command {
  return new Command('page')
    .summary('Open a page on this machine to call and to watch')
    .description(
      'Open a page on this machine: place a call with your own microphone, and watch the servers, the calls and the machines behind them.',
    )
    .option(...configOption)
    .option(...watchOption)
    .option('--port <number>', 'where the page listens (default: any free port)', portValue)
    .option(
      '--host <address>',
      'the address of one interface, by which the page is reached; anything but loopback shows every call to a network',
      '127.0.0.1',
    )
    .option('--offline', 'ignore keys of real services, and keep mail in rehearsal/outbox')
    .option('--allow-faults', 'let the page kill, stop, slow, cut and disable servers')
    .option(
      '--stately',
      "offer a second page that shows the machines to Stately's inspector, a page of stately.ai",
    )
    .option('--livekit <room>', 'the agent joins this room when somebody presses Call; the page looks on')
    .option(...instructionsOption)
    .option(
      '--registry [folder]',
      "keep the user's own servers in this folder, and offer them in the page and in its calls (default: rehearsal/registry)",
    )
    .option(...allowHostOption)
    .option('--templates <file>', 'what users can make servers from; those that are missing are added')
    .option(...recordOption)
    .option(...jsonLinesOption)
    .addHelpText('after', help)
    .action(async (parsed: ParsedOptions) => {
      const { config, host, livekit, instructions, registry, templates, record } = parsed
      const { watch = false, port = 0, allowHost = [], json = false } = parsed
      const { offline = false, allowFaults = false, stately = false } = parsed
      if (registry === undefined && (allowHost.length > 0 || templates !== undefined)) {
        throw new UsageError('--allow-host and --templates are for the registry; give --registry, too')
      }
      if (livekit !== undefined && offline) {
        throw new UsageError(
          '--livekit: a room is a real service, which --offline leaves out; give one of them',
        )
      }
      const chosen = chooseConfiguration(config)
      const isRehearsed = offline || chosen.how === 'example'
      const extras = isRehearsed ? extrasOf(chosen, watch) : ''
      // Not those of a call: without a voice the page opens all the same, and says what is missing.
      requirePackages(`switchboard page${extras}`)
      const { openPage } = await import('./run.ts')
      const exitCode = await openPage({
        ...{ host, port, watch, offline, allowFaults, stately, json, instructions },
        ...{ configFile: config, livekitRoom: livekit, recordTo: record },
        registry:
          registry === undefined
            ? undefined
            : {
                allowHosts: allowHost,
                folder: registry === true ? undefined : registry,
                templatesFile: templates,
              },
      })
      ended(exitCode)
    })
}
