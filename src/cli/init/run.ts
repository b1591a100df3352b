import { resolve } from 'node:path'
import { SwitchboardError } from '../../contract/errors.ts'
import { type ExitCode, UsageError } from '../failure.ts'
import { jsonDocument } from '../json-output.ts'
import { distinctServers, type FoundFile } from './find.ts'
import type { InitOptions } from './options.ts'
import { type Machine, shownPath } from './places.ts'
import { checkExtensible, type Plan, planFor } from './plan.ts'
import { plainText, reportOf } from './printer.ts'
import type { Terminal } from './questions.ts'
import { filesFrom } from './sources.ts'
import { replaceFile } from './write.ts'

export interface InitWorld {
  machine: Machine
  /** Where questions can be asked. */
  terminal?: Terminal
  write(text: string): void
}

const defaultFile = 'mcp.json'

const afterNothing = `
Next:
  npx switchboard init                    to choose again
  npx switchboard init --from FILE        from a file that other clients read
  npx switchboard init --yes --example    a server that needs no key and no network
`

/**
 * Writes a configuration file from what other MCP clients have. Each file is replaced as a whole or not at all.
 * @throws UsageError, SwitchboardError for wrong input
 */
export async function init(options: InitOptions, world: InitWorld = thisWorld()): Promise<ExitCode> {
  const files = filesFrom(options.from, world.machine)
  const isAnswered = options.yes || options.json || (!world.terminal && options.from.length > 0)
  if (isAnswered) return finish(planWithoutQuestions(options, files, world), options, world)
  if (!world.terminal) {
    throw new UsageError(
      'init asks questions, and this is no terminal; say --yes for its proposals, or --from with what to import',
    )
  }
  return ask(options, files, world, world.terminal)
}

/** All that is not switched off; the example where nothing else is. */
function planWithoutQuestions(options: InitOptions, files: FoundFile[], { machine }: InitWorld): Plan {
  const servers = distinctServers(files).filter(({ isDisabled }) => !isDisabled)
  const unreadable = files.find(({ problem }) => problem !== undefined)
  // Whoever names a client wants to know; of all clients the others still count.
  if (options.from.length > 0 && unreadable?.problem !== undefined) throw new UsageError(unreadable.problem)
  const example = options.example || (servers.length === 0 && options.from.length === 0)
  const { out = defaultFile, copySecrets } = options
  return planFor({ out: fileNamed(out, machine), servers, example, copySecrets }, machine.environment)
}

/** @throws UsageError for the name of a folder */
function fileNamed(out: string, { folder }: Machine): string {
  if (!/[/\\]$/.test(out)) return resolve(folder, out)
  throw new UsageError(`${out}: is a folder; name a file in it, such as ${out}${defaultFile}`)
}

/** Why a name that was typed at a question is not taken, if it is not. */
function whyNotInto(name: string, machine: Machine): string | undefined {
  const usual = `Name a file that ends in .json, such as ${defaultFile}.`
  if (name === '') return usual
  try {
    checkExtensible(fileNamed(name, machine))
    return /\.jsonc?$/.test(name) ? undefined : usual
  } catch (error) {
    if (error instanceof UsageError || error instanceof SwitchboardError) return error.message
    throw error
  }
}

async function ask(
  options: InitOptions,
  files: FoundFile[],
  world: InitWorld,
  terminal: Terminal,
): Promise<ExitCode> {
  const { machine } = world
  const { Cancelled, Questions } = await import('./questions.ts')
  const questions = new Questions(terminal)
  try {
    questions.begin(files)
    const chosen = await questions.servers(files, (file) => shownPath(file, machine))
    const example = chosen.example || options.example
    if (chosen.servers.length === 0 && !example) {
      questions.end('Nothing was chosen (the space bar does), and nothing is written.')
      world.write(afterNothing)
      return 1
    }
    const refusalOf = (name: string) => whyNotInto(name, machine)
    const out = fileNamed(options.out ?? (await questions.out(defaultFile, refusalOf)), machine)
    const choice = { out, servers: chosen.servers, example, copySecrets: options.copySecrets }
    const proposal = planFor(choice, machine.environment)
    const onConflict = await questions.conflicts(proposal)
    const decided = { ...choice, onConflict }
    const copySecrets =
      options.copySecrets || (await questions.copySecrets(planFor(decided, machine.environment)))
    const plan = planFor({ ...decided, copySecrets }, machine.environment)
    questions.end('Ready.')
    return finish(plan, options, world)
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error
    questions.cancel()
    return 130
  }
}

function finish(plan: Plan, { json }: InitOptions, { machine, write }: InitWorld): ExitCode {
  for (const { file, before, text, mode } of plan.changes) replaceFile(file, before, text, mode)
  const report = reportOf(plan, machine.folder)
  write(json ? jsonDocument(report) : plainText(report))
  return report.ok ? 0 : 1
}

function thisWorld(): InitWorld {
  const { env, platform, stdin, stdout } = process
  const isTerminal = stdin.isTTY === true && stdout.isTTY === true
  return {
    machine: { platform, environment: env, folder: process.cwd() },
    ...(isTerminal ? { terminal: { input: stdin, output: stdout } } : {}),
    write: (text) => void stdout.write(text),
  }
}
