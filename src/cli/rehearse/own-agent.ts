import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { messageOf } from '../../contract/errors.ts'
import { requirePackages } from '../../packages.ts'
import { type AgentFile, agentFileForms, agentFileOf } from '../../testing/rehearsed-call/agent-file.ts'
import { endedItsProcess, requireAgentFile, whyNotLoaded } from '../agent-file/reasons.ts'
import { UsageError } from '../failure.ts'
import { withStatus } from '../status-line.ts'
import type { RehearseOptions } from './options.ts'

/** Somebody's own agent, in the process that rehearses it. */
export type OwnAgent = AgentFile & { file: string }

/** @throws UsageError that names the file; SwitchboardError `package_missing` */
export async function loadOwnAgent(file: string, options: RehearseOptions): Promise<OwnAgent> {
  requireAgentFile(file)
  requirePackages('switchboard rehearse')
  const exported = await withStatus(`loading ${file}`, () => defaultExportOf(file))
  const agent = await agentFileOf(exported)
  if (!agent) {
    throw new UsageError(`--agent ${file}: it has no agent as its default export; write ${agentFileForms}`)
  }
  if (agent.kind === 'definition' && options.configFile !== undefined) {
    throw new UsageError(
      `--agent ${file}: its createSwitchboard says which servers there are, and not --config; leave that out`,
    )
  }
  if (agent.kind === 'definition' && options.watch) {
    throw new UsageError(`--agent ${file}: its createSwitchboard says what is watched; leave --watch out`)
  }
  return { ...agent, file }
}

/** What the file itself does while the call is prepared. @throws UsageError that names it */
export async function inFile<Value>(
  { file }: OwnAgent,
  what: string,
  work: () => Value | Promise<Value>,
): Promise<Value> {
  try {
    return await work()
  } catch (error) {
    throw new UsageError(`--agent ${file}: ${what} fails: ${messageOf(error)}`)
  }
}

async function defaultExportOf(file: string): Promise<unknown> {
  const onExit = () => {
    // Whoever pressed Ctrl+C twice knows.
    if (process.exitCode === 130) return
    process.stderr.write(`switchboard: --agent ${file}: ${endedItsProcess}\n`)
    process.exitCode = 2
  }
  process.once('exit', onExit)
  try {
    const loaded: { default?: unknown } = await import(pathToFileURL(resolve(file)).href)
    return loaded.default
  } catch (error) {
    throw new UsageError(`--agent ${file}: ${whyNotLoaded(error)}`)
  } finally {
    process.off('exit', onExit)
  }
}
