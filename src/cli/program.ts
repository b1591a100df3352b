import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { packageVersion } from '../version.ts'
import type { DoctorOptions } from './doctor/run.ts'
import { type ExitCode, reportFailure, UsageError } from './failure.ts'
import { initCommand } from './init/command.ts'
import type { OwnServersOptions } from './own-servers/run.ts'
import { pageCommand } from './page/command.ts'
import { proxyCommand } from './proxy/command.ts'
import { registryCommand } from './registry/command.ts'
import type { RehearseOptions, Request, Strike } from './rehearse/options.ts'
import type { ReplayOptions } from './replay/run.ts'
import { loadVariables } from './variables.ts'
import { workerCommand } from './worker/command.ts'

/** Runs one command line. Everything heavy is loaded by the command that needs it. */
export async function run(argv: string[]): Promise<ExitCode> {
  let exitCode: ExitCode = 0
  const program = new Command('switchboard')
    .description('Supervised MCP servers and honest tool calls for voice agents')
    .version(packageVersion)
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'switchboard: ')) })
  program.hook('preAction', (_, command) => loadVariables(command.opts().config))
  program.addCommand(
    initCommand(async (options) => {
      const { init } = await import('./init/run.ts')
      exitCode = await init(options)
    }).copyInheritedSettings(program),
  )
  program.addCommand(
    rehearseCommand(async (options) => {
      const { rehearse } = await import('./rehearse/run.ts')
      exitCode = await rehearse(options)
    }).copyInheritedSettings(program),
  )
  program.addCommand(
    pageCommand(async (options) => {
      const { openPage } = await import('./page/run.ts')
      exitCode = await openPage(options)
    }).copyInheritedSettings(program),
  )
  program.addCommand(
    doctorCommand(async (options) => {
      const { doctor } = await import('./doctor/run.ts')
      exitCode = await doctor(options)
    }).copyInheritedSettings(program),
  )
  program.addCommand(
    replayCommand(async (options) => {
      const { showReplay } = await import('./replay/run.ts')
      exitCode = showReplay(options)
    }).copyInheritedSettings(program),
  )
  program.addCommand(
    workerCommand(async (options) => {
      const { work } = await import('./worker/run.ts')
      exitCode = await work(options)
    }).copyInheritedSettings(program),
  )
  program.addCommand(
    proxyCommand(async (options) => {
      const { serveProxy } = await import('./proxy/run.ts')
      exitCode = await serveProxy(options)
    }).copyInheritedSettings(program),
  )
  program.addCommand(
    registryCommand(
      {
        serve: async (options) => {
          const { serveRegistry } = await import('./registry/serve.ts')
          exitCode = await serveRegistry(options)
        },
        run: async (options, task) => {
          const { runTask } = await import('./registry/tasks.ts')
          exitCode = await runTask(options, task)
        },
        describe: async () => {
          const { withPackages } = await import('../registry/packages.ts')
          const { describeRegistry } = await withPackages(() => import('../registry/http/description.ts'))
          process.stdout.write(`${JSON.stringify(describeRegistry(), null, 2)}\n`)
        },
      },
      program,
    ),
  )
  program.addCommand(
    ownServersCommand(async (options) => {
      const { runOwnServers } = await import('./own-servers/run.ts')
      exitCode = await runOwnServers(options)
    }).copyInheritedSettings(program),
  )
  try {
    await program.parseAsync(argv)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    return reportFailure(error)
  }
  return exitCode
}

interface ParsedOptions {
  kill: Strike[]
  json?: true
  out: string
  record?: string
  config?: string
  watch?: true
  model: string
  speed: number
  port: number
}

function rehearseCommand(action: (options: RehearseOptions) => Promise<void>): Command {
  // One list for the three ways to ask, so that their order is kept.
  const requests: Request[] = []
  const ask = (kind: Request['kind']) => (value: string) => {
    if (value.trim() === '') throw new InvalidArgumentError('It is empty.')
    requests.push({ kind, value })
    return value
  }
  return new Command('rehearse')
    .description(
      'Place one spoken call without a key or a network: a synthesised caller, a LiveKit agent, and the MCP servers of a configuration. Without --say, --wav or --type it is a call of four requests, in the third of which a server is killed.',
    )
    .option('--say <text>', 'what the caller says next (may be given several times)', ask('say'))
    .option('--wav <file>', 'a recording of what the caller says next', ask('wav'))
    .option('--type <text>', 'what is typed next, past the ears', ask('type'))
    .option(
      '--kill <name@turn>',
      'kill that server (SIGKILL) when a call of that turn goes out to it; turns count from 1',
      (value: string, earlier: Strike[]) => [...earlier, parseStrike(value)],
      [],
    )
    .option('--config <file>', 'the servers, as { "mcpServers": … } (default: the two examples)')
    .option('--watch', 'read the configuration again when it changes, also during the call')
    .option(
      '--out <file>',
      'the recording of both voices; mail and drafts go beside it',
      'rehearsal/call.wav',
    )
    .option('--record <file>', 'record what the servers and the calls do, for `switchboard replay`')
    .option('--model <name>', '"rehearsal", or "openai" (needs OPENAI_API_KEY, costs money)', 'rehearsal')
    .option('--speed <factor>', 'how much faster than real time the sound flows', positive, 2)
    .option('--port <number>', 'port of the rehearsal endpoint (default: any free one)', port, 0)
    .option('--json', 'print one JSON object a line instead of text')
    .action(async (parsed: ParsedOptions) => {
      const { kill, json, out, record, config, watch, model, speed, port } = parsed
      if (model !== 'rehearsal' && model !== 'openai') {
        throw new UsageError(`--model ${model}: there is "rehearsal" and "openai"`)
      }
      await action({
        ...{ requests, strikes: kill, json: json ?? false, watch: watch ?? false, out, model, speed, port },
        ...(config === undefined ? {} : { configFile: config }),
        ...(record === undefined ? {} : { recordTo: record }),
      })
    })
}

function doctorCommand(action: (options: DoctorOptions) => Promise<void>): Command {
  return new Command('doctor')
    .description(
      'Start each server of a configuration and say what was found, or what is wrong and what would help. Exit code: 0 if all are usable, 1 if one is not, 2 if the configuration cannot be read.',
    )
    .option('--config <file>', 'the servers, as { "mcpServers": … } (default: the two examples)')
    .option('--json', 'print one JSON document instead of text')
    .addHelpText('after', '\nExample:\n  $ npx switchboard doctor --config mcp.json')
    .action(async ({ config, json }: { config?: string; json?: true }) => {
      await action({ json: json ?? false, ...(config === undefined ? {} : { configFile: config }) })
    })
}

function ownServersCommand(action: (options: OwnServersOptions) => Promise<void>): Command {
  return (
    new Command('own-servers')
      // What it starts are the examples, which need packages for development.
      .description(
        'Start the example servers behind a sign-in, and a page in which a user adds them (in a clone of the repository, after `npm install`).',
      )
      .option('--json', 'print one JSON object a line instead of text')
      .action(async ({ json }: { json?: true }) => action({ port: 0, json: json ?? false }))
  )
}

function replayCommand(action: (options: ReplayOptions) => Promise<void>): Command {
  return new Command('replay')
    .description(
      'Run a recording (`createSwitchboard({ recordTo })`, `rehearse --record`) through the same machines again, without a server, and show what they decide. Exit code: 0 if that is what was recorded, 1 if it differs, 2 if the recording cannot be read.',
    )
    .argument('<file>', 'the recording')
    .option('--all', 'show every input and decision, also timers, heartbeats and what nobody is told')
    .option('--json', 'print one JSON object a line instead of text')
    .addHelpText('after', '\nExample:\n  $ npx switchboard replay call.jsonl')
    .action(async (file: string, { all, json }: { all?: true; json?: true }) => {
      await action({ file, all: all ?? false, json: json ?? false })
    })
}

function parseStrike(value: string): Strike {
  const match = /^(.+)@([1-9]\d*)$/.exec(value)
  if (!match?.[1]) throw new InvalidArgumentError('Write the name of a server and a turn, such as mail@3.')
  return { server: match[1], turn: Number(match[2]) }
}

function positive(value: string): number {
  const number = Number(value)
  if (!(number > 0 && number <= 50)) throw new InvalidArgumentError('Give a number above 0, up to 50.')
  return number
}

function port(value: string): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1 || number > 65_535) {
    throw new InvalidArgumentError('Give a port from 1 to 65535.')
  }
  return number
}
