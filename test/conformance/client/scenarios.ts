import { z } from 'zod'
import type {
  Conversation,
  FunctionInfo,
  JsonObject,
  Outcome,
  Question,
  QuestionAnswer,
  ServerStatus,
} from '../../../src/contract/protocol.ts'
import { createSignIns } from '../../../src/registry/oauth/create-sign-ins.ts'
import type { KnownClients } from '../../../src/registry/sign-ins.ts'
import type { GivenCredentials } from '../../../src/switchboard/given-credentials.ts'
import { createSwitchboard, type SwitchboardOptions } from '../../../src/switchboard.ts'
import { MemoryStore } from '../../registry/oauth/support/memory-store.ts'
import { Account, ids, serverName } from './account.ts'
import { argumentsFor } from './arguments.ts'
import { issuerOf } from './issuer.ts'
import { machineCredentials } from './machine.ts'
import { Watch } from './watch.ts'

const policy = { connectTimeoutMs: 10_000, callTimeoutMs: 10_000 }
/** A user who is asked again and again gives up. */
const maxSignIns = 3

const contextSchema = z.object({
  client_id: z.string().optional(),
  client_secret: z.string().optional(),
  toolCalls: z
    .array(z.object({ name: z.string(), arguments: z.record(z.string(), z.unknown()) }))
    .default([]),
})

/** `context`: what the suite tells the client of this scenario. */
export async function doScenario(scenario: string, url: string, context: unknown): Promise<void> {
  const { toolCalls, ...client } = contextSchema.parse(context)
  const credentials = await machineCredentials(scenario, url, context)
  if (credentials) await callEverything({ url, toolCalls, credentials: { [serverName]: credentials } })
  else if (scenario.startsWith('auth/')) await signInAndCall(url, await knownAt(url, client))
  else await callEverything({ url, toolCalls })
}

function startSwitchboard(options: SwitchboardOptions) {
  const switchboard = createSwitchboard({ ...policy, ...options })
  switchboard.start()
  return switchboard
}

async function callEverything({
  url,
  toolCalls,
  credentials = {},
}: {
  url: string
  toolCalls: z.infer<typeof contextSchema>['toolCalls']
  credentials?: GivenCredentials
}): Promise<void> {
  const switchboard = startSwitchboard({ mcpServers: { [serverName]: { url } }, credentials })
  await switchboard.settled()
  const [server] = switchboard.servers
  if (server?.state !== 'ready') throw new Error(server?.lastError)
  const conversation = switchboard.conversation()
  for (const { name, inputSchema } of switchboard.functions) {
    const given = toolCalls.find((one) => one.name === name)?.arguments
    const args = given ? withoutNulls(given) : argumentsFor(inputSchema)
    // json-schema-2020-12-preservation: what a schema looks like to the model.
    if (name === 'json_schema_echo') args.schema = schemaOf('json_schema_2020_12_tool', switchboard.functions)
    tell(await conversation.call(name, args, { onQuestion: acceptWithDefaults }))
  }
  await conversation.end()
  await switchboard.stop()
}

function schemaOf(name: string, functions: readonly FunctionInfo[]): JsonObject | undefined {
  return functions.find((one) => one.name === name)?.inputSchema
}

/** Arguments are held against their schema, and null is no yes or no. */
function withoutNulls(args: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null))
}

/** What an operator knows, and has told the registry. */
async function knownAt(
  url: string,
  { client_id: clientId, client_secret: clientSecret }: Omit<z.infer<typeof contextSchema>, 'toolCalls'>,
): Promise<KnownClients> {
  const { host } = new URL(url)
  const known = { clientDocument: 'https://conformance-test.local/client-metadata.json', olderHosts: [host] }
  if (clientId === undefined) return known
  return { ...known, clients: [{ issuer: await issuerOf(url), clientId, clientSecret }] }
}

async function signInAndCall(url: string, known: KnownClients): Promise<void> {
  const store = new MemoryStore()
  store.addServer(ids.userId, ids.serverId, url)
  const signIns = createSignIns({
    store,
    egress: { allowHosts: ['localhost'] },
    publicUrl: () => 'http://localhost:3000',
    known,
  })
  const parts = { store, signIns, signInPage: () => 'http://localhost:3000/sign-in/{id}' }
  const watch = new Watch()
  const account = new Account(url, parts, (statuses) => watch.see(statuses))
  const switchboard = startSwitchboard({ mcpServers: {} })
  const conversation = switchboard.conversation({ userServers: account })
  try {
    for (let signedIn = 0; ; signedIn++) {
      const status = await watch.in('ready', 'unauthorized', 'failed')
      const { problem, signInUrl } = await tried(conversation, status)
      if (problem === undefined) return
      if (signInUrl === undefined) throw new Error(problem)
      if (signedIn === maxSignIns) throw new Error(`it wants one sign-in after another: ${problem}`)
      await account.signIn()
      if (status.state === 'unauthorized') await watch.in('connecting', 'ready', 'failed')
    }
  } finally {
    await conversation.end()
    await switchboard.stop()
    await signIns.close()
  }
}

/** Calls each function once. */
async function tried(
  conversation: Conversation,
  { state, functions, lastError, signInUrl }: ServerStatus,
): Promise<{ problem?: string | undefined; signInUrl?: string | undefined }> {
  if (state !== 'ready') return { problem: lastError ?? state, signInUrl }
  for (const name of functions) {
    const outcome = await conversation.call(name, {})
    tell(outcome)
    if (!outcome.ok) return { problem: outcome.error.message, signInUrl: outcome.error.signInUrl }
  }
  return {}
}

/** A user who agrees to what is filled in already. */
async function acceptWithDefaults(_question: Question): Promise<QuestionAnswer> {
  return { action: 'accept', content: {} }
}

function tell(outcome: Outcome): void {
  console.log(outcome.ok ? `ok: ${outcome.text}` : `${outcome.error.code}: ${outcome.error.message}`)
}
