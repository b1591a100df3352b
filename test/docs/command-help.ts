import { vi } from 'vitest'
import { run } from '../../src/cli/program.ts'

/** A command as its `--help` tells it. */
interface CommandHelp {
  /** Such as `registry key add`. */
  path: string
  leastArguments: number
  mostArguments: number
  /** Each with what follows: nothing, a value, or a value that may be left out. */
  options: Map<string, '' | '<' | '['>
}

/** What is wrong with a command line of `switchboard`, its name left out; the program itself reads it, up to where it would act. */
export async function problemOfCommand(args: readonly string[]): Promise<string | undefined> {
  // Twice: the last option of the line may lack its value.
  const { code, text } = await printed([...args, '--help', '--help'])
  if (code !== 0) return text.trim()
  const help = readHelp(text)
  const operands: string[] = []
  for (let index = 0; index < args.length; index++) {
    const [name = '', value] = splitOnce(args[index] ?? '')
    if (!name.startsWith('-') || name === '-') operands.push(name)
    else {
      const takes = help.options.get(name)
      if (takes === undefined) return `${help.path} has no option ${name}`
      const isNextAnOption = args[index + 1]?.startsWith('-') ?? true
      if (value === undefined && (takes === '<' || (takes === '[' && !isNextAnOption))) index++
    }
  }
  const path = help.path.split(' ').filter((word) => word !== '')
  const rest = operands.filter((operand, index) => path[index] !== operand)
  if (rest.length < help.leastArguments) return `${help.path} lacks an argument`
  if (rest.length > help.mostArguments) return `${help.path} knows no ${rest.at(-1)}`
  return undefined
}

function splitOnce(word: string): [string, string?] {
  const at = word.startsWith('--') ? word.indexOf('=') : -1
  return at === -1 ? [word] : [word.slice(0, at), word.slice(at + 1)]
}

async function printed(args: readonly string[]): Promise<{ code: number; text: string }> {
  let text = ''
  const write = (chunk: string | Uint8Array) => {
    text += chunk.toString()
    return true
  }
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation(write),
  )
  try {
    return { code: await run(['node', 'switchboard', ...args]), text }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

function readHelp(text: string): CommandHelp {
  const [, usage = ''] = /^Usage: switchboard ?(.*)$/m.exec(text) ?? []
  const words = usage.split(' ')
  const names = words.slice(
    0,
    Math.max(
      0,
      words.findIndex((word) => !/^[a-z]/.test(word)),
    ),
  )
  const values = words.slice(names.length).filter((word) => word !== '[options]' && word !== '[command]')
  const listed = (heading: string) =>
    new RegExp(`^${heading}:\\n((?:(?: .*)?\\n)+)`, 'm').exec(`${text}\n`)?.[1] ?? ''
  const options = [...listed('Options').matchAll(/^ {2}(?:(-\w), )?(--[\w-]+)(?:[ =]([<[]))?/gm)]
  return {
    path: names.join(' '),
    leastArguments: values.filter((word) => word.startsWith('<')).length,
    mostArguments: values.some((word) => word.includes('...')) ? Number.POSITIVE_INFINITY : values.length,
    options: new Map(
      options.flatMap(([, short, long = '', value]) =>
        [short, long].flatMap((name) => (name ? [[name, takenBy(value)] as const] : [])),
      ),
    ),
  }
}

function takenBy(bracket: string | undefined): '' | '<' | '[' {
  return bracket === '<' || bracket === '[' ? bracket : ''
}
