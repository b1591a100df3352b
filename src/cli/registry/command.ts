import { Command, Option } from 'commander'
import { allowHostOption, jsonLinesOption } from '../common-options.ts'
import type { Ended } from '../failure.ts'
import { helpText, wrongInput } from '../help.ts'
import { portValue } from '../values.ts'
import type { StoreTask } from './options.ts'
import { keyName, origin, proxies, signInPage } from './values.ts'

interface ParsedOptions {
  folder: string
  host: string
  port: number
  publicUrl: string | undefined
  signInPage: string | undefined
  allowHost?: string[]
  proxies: number
  json?: boolean
}

const help = helpText({
  before: `Environment:
  DATABASE_URL               a PostgreSQL server, in place of --folder
  SWITCHBOARD_REGISTRY_KEYS  id:base64,… of 32 random bytes each: the first encrypts secrets, all open them;
                             required with DATABASE_URL, else a file in the folder holds one
  REGISTRY_JWT_ISSUER, REGISTRY_JWT_AUDIENCE, REGISTRY_JWT_JWKS_URL
                             whose tokens say who a user is; without them it is for development, on this machine only
  REGISTRY_OAUTH_CLIENTS     who it is at authorization servers that register nobody by themselves, as JSON
Each of them with a secret, and PGPASSWORD, may be in a file instead, which NAME_FILE names, such as DATABASE_URL_FILE=/run/secrets/database.

It runs until Ctrl+C or SIGTERM. Keys of a folder are made while no service has it open.`,
  exitCodes: { 0: 'after Ctrl+C or SIGTERM', 1: 'it cannot go on', 2: wrongInput },
  examples: ['registry key add front-desk --role agent', 'registry'],
})

const rotationCodes = { 0: 'it was done', 1: 'some secrets cannot be opened', 2: wrongInput }
const doneCodes = { 0: 'it was done', 1: 'it cannot be done', 2: wrongInput }

const ofTasks = (example: string, exitCodes: Readonly<Record<number, string>> = doneCodes) =>
  helpText({
    before: `Options of all that works on a registry:
  --folder <path>  where everything is kept (default: "registry"); DATABASE_URL, where it is set, comes before it
  --json           print one JSON object a line instead of text

A folder is open in one process at a time: end the service first.`,
    exitCodes,
    examples: [`registry ${example}`],
  })

export function registryCommand(ended: Ended): Command {
  const command = new Command('registry')
    .summary("Keep each user's own servers, and offer them over HTTP")
    .description("Keep each user's own MCP servers, and offer them over HTTP to the users and to agents.")
    .option('--folder <path>', 'where everything is kept', 'registry')
    .option('--port <number>', 'where it listens; 0 takes any free port', portValue, 8090)
    .option('--host <address>', 'who may reach it: 0.0.0.0 for all', '127.0.0.1')
    .option('--public-url <url>', 'where browsers reach it (default: where it listens)', origin)
    .option('--sign-in-page <url>', 'where users sign in at a server, with {id} for the server', signInPage)
    .option(...allowHostOption)
    .option('--proxies <number>', 'how many proxies stand in front, which say who asks', proxies, 0)
    .option(...jsonLinesOption)
    .addHelpText('after', help)
    .action(async (parsed: ParsedOptions) => {
      const { allowHost = [], json = false, ...others } = parsed
      const { serveRegistry } = await import('./serve.ts')
      ended(await serveRegistry({ ...others, allowHosts: allowHost, json }))
    })
  const task = (name: string, description: string) => new Command(name).description(description)
  const run = async (todo: StoreTask) => {
    const { folder, json = false } = command.opts<ParsedOptions>()
    const { runTask } = await import('./tasks.ts')
    ended(await runTask({ folder, json }, todo))
  }

  const key = task('key', 'Keys of agents and operators.')
  key.addCommand(
    task('add', 'Make a key, and print it once.')
      .argument('<name>', 'what it is for', keyName)
      .addOption(
        new Option('--role <role>', 'what it may do').choices(['agent', 'operator']).makeOptionMandatory(),
      )
      .addHelpText('after', ofTasks('key add front-desk --role agent --folder registry'))
      .action((name: string, { role }: { role: 'agent' | 'operator' }) =>
        run({ kind: 'add key', name, role }),
      ),
  )
  key.addCommand(
    task('list', 'List the names of the keys.')
      .addHelpText('after', ofTasks('key list --folder registry'))
      .action(() => run({ kind: 'list keys' })),
  )
  key.addCommand(
    task('remove', 'Remove a key; whoever has it is known no more.')
      .argument('<name>', 'as `key list` tells it')
      .addHelpText('after', ofTasks('key remove front-desk --folder registry'))
      .action((name: string) => run({ kind: 'remove key', name })),
  )
  key.addHelpText('after', ofTasks('key add front-desk --role agent'))
  command.addCommand(key)
  command.addCommand(
    task('rotate-secrets', 'Put every secret under the first key of SWITCHBOARD_REGISTRY_KEYS.')
      .addHelpText('after', ofTasks('rotate-secrets --folder registry', rotationCodes))
      .action(() => run({ kind: 'rotate secrets' })),
  )
  command.addCommand(
    task('openapi', 'Print the description of the HTTP interface (OpenAPI 3.1).')
      .addHelpText(
        'after',
        helpText({
          exitCodes: { 0: 'it was printed', 2: 'a package is missing' },
          examples: ['registry openapi > openapi.json'],
        }),
      )
      .action(async () => {
        const { withPackages } = await import('../../registry/packages.ts')
        const { describeRegistry } = await withPackages(() => import('../../registry/http/api.ts'))
        process.stdout.write(`${JSON.stringify(describeRegistry(), null, 2)}\n`)
      }),
  )
  return command
}
