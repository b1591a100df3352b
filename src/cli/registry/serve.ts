import { once } from 'node:events'
import { messageOf } from '../../contract/errors.ts'
import { createRegistryServer, openRegistry } from '../../registry/registry.ts'
import { type ExitCode, UsageError } from '../failure.ts'
import { interruptible } from '../interruption.ts'
import { teller } from '../json-output.ts'
import { readSecretFiles } from '../secret-files.ts'
import { withStatus } from '../status-line.ts'
import { readJwt, readStorage } from './environment.ts'
import { readKnownClients } from './known-clients.ts'
import type { RegistryCommandOptions } from './options.ts'

const developer = 'developer'
const wildcards: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

/** Serves the registry until it is interrupted. */
export async function serveRegistry(options: RegistryCommandOptions): Promise<ExitCode> {
  const { host, port, proxies, folder, json, allowHosts } = options
  const tell = teller(json, process.stdout)
  readSecretFiles(process.env)
  const jwt = readJwt(process.env)
  if (jwt !== undefined && options.signInPage === undefined) {
    throw new UsageError(
      '--sign-in-page is missing: where your users sign in at a server, such as https://app.example.com/servers/{id}',
    )
  }
  if (jwt !== undefined && options.publicUrl === undefined && wildcards.has(host)) {
    throw new UsageError(
      `--public-url is missing: where browsers reach what listens on ${host}, such as https://tools.example.com`,
    )
  }
  const known = readKnownClients(process.env)
  const storage = await readStorage(process.env, folder)
  let url = ''
  const publicUrl = () => options.publicUrl ?? url
  const interruption = interruptible(() => tell({ type: 'ending' }, 'ending (Ctrl+C again to leave at once)'))
  const cleanUps: (() => Promise<unknown>)[] = []
  try {
    const registry = await withStatus('opening the registry', () =>
      openRegistry({
        ...storage,
        ...{ publicUrl, egress: { allowHosts }, known },
        identity: jwt === undefined ? { development: { userId: developer, listensOn: host } } : { jwt },
        signInPage: () => options.signInPage ?? `${publicUrl()}/api/mcp/servers/{id}`,
      }),
    )
    cleanUps.push(() => registry.close())
    const server = await createRegistryServer(registry, { host, port, proxies })
    cleanUps.push(() => server.close())
    url = server.url
    const kept =
      'folder' in storage.database ? storage.database.folder : 'the PostgreSQL server of DATABASE_URL'
    tell(
      { type: 'registry', url: `${url}/api/mcp`, development: jwt === undefined, kept },
      `The registry listens at ${url}/api/mcp and keeps everything in ${kept}.`,
    )
    if (jwt === undefined) {
      tell(
        { type: 'development', userId: developer },
        `Without REGISTRY_JWT_ISSUER, _AUDIENCE and _JWKS_URL it is for development: whoever asks from this machine is the user "${developer}".`,
      )
    }
    if (!interruption.signal.aborted) await once(interruption.signal, 'abort')
    return 0
  } finally {
    for (const cleanUp of cleanUps.reverse()) {
      await cleanUp().catch((error: unknown) => process.stderr.write(`switchboard: ${messageOf(error)}\n`))
    }
    interruption.dispose()
  }
}
