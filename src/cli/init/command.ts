import { Command } from 'commander'
import { type Ended, UsageError } from '../failure.ts'
import { helpText } from '../help.ts'
import { clients } from './places.ts'

const help = helpText({
  before: `It looks for Claude Desktop, Cursor, VS Code, Windsurf and Claude Code, in this folder and for this user, and asks which of
their servers to take. A file that is there is extended; its comments stay, and so does a server of the same name. Secrets that
are written out become variables: \${NAME} in the file, and NAME as a comment in .env beside it, for you to set.

With --yes it asks nothing: it takes all servers that are not switched off, or the example where there is none.
Without a terminal it asks nothing either, and needs --yes or --from.`,
  exitCodes: {
    0: 'the file is as told',
    1: 'a server could not be imported, or nothing was chosen',
    2: 'wrong input; nothing was begun',
    130: 'interrupted (Ctrl+C); nothing was written',
  },
  examples: [
    'init',
    'init --yes --from cursor --from vscode --out agent/mcp.json',
    'init --yes --example        a server that needs no key and no network',
  ],
})

export function initCommand(ended: Ended): Command {
  return new Command('init')
    .summary('Write a configuration, with what other MCP clients have')
    .description('Write a configuration file, with what other MCP clients of this machine have.')
    .option(
      '--from <client|file>',
      `where to import from: ${clients.join(', ')}, or a file (may be given several times)`,
      (value: string, earlier: string[] = []) => [...earlier, value],
    )
    .option('--out <file>', 'the file to write, or to extend (default: mcp.json)')
    .option('--example', 'add a server that needs no key and no network')
    .option('--copy-secrets', 'copy secrets in clear into .env beside the file (mode 600)')
    .option('-y, --yes', 'ask nothing')
    .option('--json', 'print one JSON document instead of text; asks nothing')
    .addHelpText('after', help)
    .action(async ({ from = [], out, example, copySecrets, yes, json }: ParsedOptions) => {
      if (json && !yes && from.length === 0) {
        throw new UsageError('--json asks nothing: say --yes, or --from with what to import')
      }
      const { init } = await import('./run.ts')
      const exitCode = await init({
        ...{ from, example: example ?? false, copySecrets: copySecrets ?? false },
        ...{ yes: yes ?? false, json: json ?? false },
        ...(out === undefined ? {} : { out }),
      })
      ended(exitCode)
    })
}

interface ParsedOptions {
  from?: string[]
  out?: string
  example?: true
  copySecrets?: true
  yes?: true
  json?: true
}
