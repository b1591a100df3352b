import { Command, CommanderError } from 'commander'
import { packageVersion } from '../contract/version.ts'
import { callCommand } from './call/command.ts'
import { chooseConfiguration, requireConfiguration } from './chosen-configuration.ts'
import { completeCommand } from './completion/command.ts'
import { doctorCommand } from './doctor/command.ts'
import { loadVariables } from './dot-env.ts'
import { type Ended, type ExitCode, reportFailure } from './failure.ts'
import { initCommand } from './init/command.ts'
import { listCommand } from './list/command.ts'
import { mistakeIn } from './mistakes.ts'
import { ownServersCommand } from './own-servers/command.ts'
import { pageCommand } from './page/command.ts'
import { proxyCommand } from './proxy/command.ts'
import { registryCommand } from './registry/command.ts'
import { rehearseCommand } from './rehearse/command.ts'
import { replayCommand } from './replay/command.ts'
import { watchCommand } from './watch/command.ts'
import { workerCommand } from './worker/command.ts'

/** In the order of `--help`. Each loads what is heavy only when it runs. */
const commands = [
  initCommand,
  listCommand,
  callCommand,
  watchCommand,
  doctorCommand,
  rehearseCommand,
  pageCommand,
  workerCommand,
  proxyCommand,
  registryCommand,
  replayCommand,
  ownServersCommand,
  completeCommand,
]

/** Those whose `--json` is one document, which somebody reads as a whole also where nothing was begun. */
const withDocument = new Set(['init', 'list', 'call', 'doctor'])

/** All commands. `ended` is told how the one that runs has ended. */
export function createProgram(ended: Ended): Command {
  const program = new Command('switchboard')
    .description('Supervised MCP servers and honest tool calls for voice agents')
    .version(packageVersion)
  for (const create of commands) program.addCommand(create(ended))
  throwMistakes(program)
  return program
}

/** What stands in `.env` beside the servers' file, also where that was not named. */
function loadVariablesFor(command: Command): void {
  if (!command.options.some(({ long }) => long === '--config')) return
  const chosen = chooseConfiguration(command.opts<{ config?: string }>().config)
  requireConfiguration(chosen)
  if (chosen.how !== 'example') loadVariables(chosen.file)
}

/** Instead of writing them, and ending the process. */
function throwMistakes(command: Command): void {
  command.configureOutput({ outputError: () => {} }).exitOverride((error) => {
    const isHelp = error.exitCode === 0 || error.code === 'commander.help'
    throw isHelp ? error : mistakeIn(command, error)
  })
  for (const one of command.commands) throwMistakes(one)
}

function wantsDocument([, , name = '', ...words]: readonly string[]): boolean {
  const end = words.indexOf('--')
  return withDocument.has(name) && (end < 0 ? words : words.slice(0, end)).includes('--json')
}

/** Runs one command line; `complete -- …` is what a shell's script asks. */
export async function run(argv: string[]): Promise<ExitCode> {
  let exitCode: ExitCode = 0
  const program = createProgram((code) => {
    exitCode = code
  })
  program.hook('preAction', (_, command) => loadVariablesFor(command))
  const [, , name, mark, ...words] = argv
  if (name === 'complete' && mark === '--') {
    const { completionText } = await import('./completion/answer.ts')
    process.stdout.write(completionText(program, words))
    return exitCode
  }
  try {
    await program.parseAsync(argv)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    return reportFailure(error, wantsDocument(argv))
  }
  return exitCode
}
