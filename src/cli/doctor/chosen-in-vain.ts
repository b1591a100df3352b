import { z } from 'zod'
import type { ServerDefinition } from '../../config/definition.ts'
import type { ConfigurationFile } from '../../config/file.ts'
import type { Prompt } from '../../contract/reads.ts'
import type { Switchboard } from '../../switchboard.ts'
import { nearest } from '../../text/nearest.ts'

const argumentsSchema = z
  .array(z.looseObject({ name: z.string(), required: z.boolean().optional() }))
  .catch([])

/** What the options `prompts` and `resources` choose of a server that runs, and it does not have; one line each. */
export async function chosenInVain(
  switchboard: Switchboard,
  { name, options }: ServerDefinition,
  key: ConfigurationFile['key'],
  signal: AbortSignal,
): Promise<string[]> {
  const { peer } = switchboard.servers.find((server) => server.name === name) ?? {}
  if (!peer) return []
  const place = `${key}.${name}.switchboard`
  const lines: string[] = []
  if (options.resources && !peer.capabilities.includes('resources')) {
    lines.push(`${place}.resources has no effect: the server offers no resources`)
  }
  const chosen = Object.entries(options.prompts)
  if (chosen.length === 0) return lines
  if (!peer.capabilities.includes('prompts')) {
    return [...lines, `${place}.prompts has no effect: the server offers no prompts`]
  }
  const outcome = await switchboard.read(name, { method: 'prompts/list' }, { signal })
  if (!outcome.ok) return [...lines, `${place}.prompts cannot be checked: ${outcome.error.message}`]
  const prompts = 'prompts' in outcome.result ? outcome.result.prompts : []
  return [...lines, ...chosen.flatMap(([key, args]) => mistakesIn(`${place}.prompts`, key, args, prompts))]
}

function mistakesIn(
  place: string,
  name: string,
  args: Readonly<Record<string, string>>,
  prompts: readonly Prompt[],
): string[] {
  const names = prompts.map((prompt) => prompt.name)
  const prompt = prompts.find((one) => one.name === name)
  if (!prompt) return [`${place}: the server has no prompt "${name}"${nearest(name, names)}`]
  const known = argumentsSchema.parse(prompt.arguments)
  const lacking = known
    .filter((argument) => argument.required && args[argument.name] === undefined)
    .map((argument) => `${place}.${name} lacks the argument "${argument.name}", which the prompt requires`)
  const keys = known.map((argument) => argument.name)
  const needless = Object.keys(args)
    .filter((key) => !keys.includes(key))
    .map((key) => `${place}.${name}: the prompt has no argument "${key}"${nearest(key, keys)}`)
  return [...lacking, ...needless]
}
