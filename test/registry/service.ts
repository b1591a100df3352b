import { afterAll, onTestFinished } from 'vitest'
import { openDatabase } from '../../src/registry/database/open.ts'
import { createRegistryRouter } from '../../src/registry/http/router.ts'
import { type RegistryServer, startServer } from '../../src/registry/http/server.ts'
import { createAuthenticate } from '../../src/registry/identity/authenticate.ts'
import type { SignIns } from '../../src/registry/sign-ins.ts'
import { createStore } from '../../src/registry/store/create-store.ts'
import type { RegistryStore } from '../../src/registry/store.ts'
import { testServer } from '../../src/registry/test-server.ts'
import { newVault, temporaryFolder } from './support.ts'

/** Tokens in the hand of a test. */
export class HandedTokens implements SignIns {
  token: { value: string; version: number } | undefined
  /** What a refused server gets instead. */
  next: { value: string; version: number } | undefined
  readonly refusals: { version: number | undefined; status: number; challenge: string | undefined }[] = []

  async begin(): Promise<never> {
    throw new Error('nobody signs in here')
  }

  async finish(): Promise<never> {
    throw new Error('nobody signs in here')
  }

  async accessToken() {
    return this.token && { ...this.token, expiresAt: undefined }
  }

  async refused({ version, status, challenge }: Parameters<SignIns['refused']>[0]) {
    this.refusals.push({ version, status, challenge })
    this.token = this.next
    return { token: await this.accessToken(), reason: this.next ? 'it was refreshed' : 'nobody is signed in' }
  }

  async signOut(): Promise<void> {
    this.token = undefined
  }

  async revoke(): Promise<void> {}

  async close(): Promise<void> {}
}

/** A registry on a database of its own, which can be killed and started again at the same address. */
export class Service {
  readonly tokens = new HandedTokens()
  #server: RegistryServer | undefined
  #port = 0

  private constructor(
    readonly store: RegistryStore,
    /** With the role `agent`. */
    readonly key: string,
  ) {}

  /** One for all tests of a file. */
  static async open(): Promise<Service> {
    const { folder, remove } = temporaryFolder()
    const database = await openDatabase({ folder })
    const store = createStore({ database, vault: newVault() })
    const { key } = await store.apiKeys.add({ name: 'test' }, 'agents', 'agent')
    const service = new Service(store, key)
    afterAll(async () => {
      await service.stop()
      await database.close()
      remove()
    })
    await service.start()
    return service
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  async start(): Promise<void> {
    const router = createRegistryRouter(
      {
        store: this.store,
        signIns: this.tokens,
        egress: { allowHosts: [] },
        authenticate: createAuthenticate({ apiKeys: this.store.apiKeys }),
        testServer,
        publicUrl: () => this.url,
        signInPage: () => `${this.url}/my-servers/{id}`,
      },
      { heartbeatMs: 200 },
    )
    this.#server = await startServer(router, { host: '127.0.0.1', port: this.#port })
    this.#port = this.#server.port
  }

  async stop(): Promise<void> {
    await this.#server?.close()
    this.#server = undefined
  }

  /** Away until the end of the test at most. */
  async goAway(): Promise<void> {
    await this.stop()
    onTestFinished(() => (this.#server ? undefined : this.start()))
  }
}
