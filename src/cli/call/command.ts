import { Command } from 'commander'
import { configOption } from '../common-options.ts'
import type { Ended } from '../failure.ts'
import { helpText, wrongInput } from '../help.ts'
import { secondsFrom } from '../values.ts'

const help = helpText({
  before: `Arguments are read as the function's schema says: n=3 is a number, to=a to=b a list, filter='{"a":1}' an object.
"-" reads all of them as one JSON object from standard input.`,
  exitCodes: {
    0: 'answered',
    1: 'failed, and surely nothing was done',
    2: wrongInput,
    3: 'failed, and it is not known whether it was done: look before you call again',
    4: 'it was done, but its answer breaks its own schema and cannot be used',
    130: 'cancelled (Ctrl+C); what is printed says whether it may have been done',
  },
  examples: [
    'call search_web query="state machines"',
    `call send_email '{"to":"carol@example.com","subject":"tea","body":"at five"}' --json`,
    'call send_email - --yes < mail.json',
  ],
})

interface ParsedOptions {
  config?: string
  timeout?: number
  yes?: boolean
  json?: boolean
}

export function callCommand(ended: Ended): Command {
  return new Command('call')
    .summary('Call one function, and print what came of it')
    .description(
      'Call one function, and print what its server answered, or what happened instead and whether anything was done.',
    )
    .argument('<function>', 'its name, as `switchboard list` tells it')
    .argument('[arguments...]', 'key=value …, or one JSON object, or "-"')
    .option(...configOption)
    .option(
      '--timeout <seconds>',
      'for all of it (default: what the configuration says of the call)',
      secondsFrom(0.001),
    )
    .option('--yes', 'say yes to a function that asks first, such as one that deletes something')
    .option('--json', 'print the outcome as one JSON document instead of text')
    .addHelpText('after', help)
    .action(async (name: string, words: string[], parsed: ParsedOptions) => {
      const { config, timeout, yes = false, json = false } = parsed
      const { call } = await import('./run.ts')
      const exitCode = await call({
        ...{ function: name, words, configFile: config, confirmed: yes, json },
        timeoutMs: timeout && timeout * 1_000,
      })
      ended(exitCode)
    })
}
