import type { IncomingMessage } from 'node:http'
import { resolve } from 'node:path'
import type { InspectorOptions } from '../../inspector/index.ts'
import { createRegistryClient } from '../../registry/client/index.ts'
import { createApplication } from '../../registry/http/server.ts'
import { createAuthenticate } from '../../registry/identity/authenticate.ts'
import { createRegistryServer, openRegistry } from '../../registry/registry.ts'
import type { Authenticate } from '../../registry/router-options.ts'
import { StoreError } from '../../registry/store.ts'
import { addTemplates } from './templates.ts'

/** Who has opened the page is this user. */
const userId = 'developer'
const agentName = 'page'
const actor = { name: 'registry' }

export interface LocalRegistryOptions {
  /** Of the database. */
  folder: string
  /** `host` or `host:port`. */
  allowHosts: readonly string[]
  /** A file with what servers can be made from. */
  templates?: string | undefined
}

export interface LocalRegistry extends Required<Pick<InspectorOptions, 'registry' | 'userServersOf'>> {
  /** Where the page is, once that is known: browsers come back there. */
  isAt(url: string): void
  close(): Promise<void>
}

/** A registry in this process, for one user. @throws UsageError for the file of templates; else as `openRegistry` */
export async function openLocalRegistry(options: LocalRegistryOptions): Promise<LocalRegistry> {
  const { allowHosts, templates } = options
  let origin = 'http://127.0.0.1'
  const admitted = new WeakSet<IncomingMessage>()
  let byKey: Authenticate = () => undefined
  const registry = await openRegistry({
    database: { folder: resolve(options.folder) },
    egress: { allowHosts },
    // The page's gate has let them in; all others need a key.
    identity: (request) =>
      admitted.has(request) && request.headers.authorization === undefined
        ? { id: userId, role: 'user' }
        : byKey(request),
    publicUrl: () => origin,
    signInPage: () => `${origin}/#/my-servers/{id}`,
  })
  const { store, router } = registry
  byKey = createAuthenticate({ apiKeys: store.apiKeys })
  try {
    if (templates !== undefined) await addTemplates(store.templates, templates)
    await store.apiKeys.remove(actor, agentName).catch((error: unknown) => {
      if (!(error instanceof StoreError)) throw error
    })
    const { key } = await store.apiKeys.add(actor, agentName, 'agent')
    // The agent of the page asks like any other, but not through the gate.
    const server = await createRegistryServer(registry, { host: '127.0.0.1', port: 0 })
    const client = createRegistryClient({ url: server.url, token: key, allowHosts })
    const application = createApplication(router)
    return {
      registry: {
        handle(request, response) {
          admitted.add(request)
          application(request, response)
        },
      },
      userServersOf: () => client.userServers(userId),
      isAt: (url) => {
        origin = new URL(url).origin
      },
      close: async () => {
        await server.close()
        await registry.close()
      },
    }
  } catch (error) {
    await registry.close()
    throw error
  }
}
