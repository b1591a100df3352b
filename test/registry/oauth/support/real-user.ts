import { afterAll, afterEach, beforeEach, onTestFinished } from 'vitest'
import { createSignIns, type SignInOptions } from '../../../../src/registry/oauth/create-sign-ins.ts'
import type { SignIns } from '../../../../src/registry/sign-ins.ts'
import { AuthorizationServer } from './authorization-server.ts'
import { Browser } from './browser.ts'
import { binding, ids, redirectUri } from './fake-user.ts'
import { MemoryStore } from './memory-store.ts'
import { ResourceServer } from './resource-server.ts'

/** A user with a browser, who signs in at a server by a real authorization server. */
export class RealUser {
  store = new MemoryStore()
  /** In milliseconds since 1970. */
  clock: () => number = Date.now

  private constructor(
    readonly as: AuthorizationServer,
    /** Another one in each test. */
    public rs: ResourceServer,
  ) {}

  /** One for all tests of a file; for each of them nothing has happened yet. */
  static async start(): Promise<RealUser> {
    const as = await AuthorizationServer.start()
    const user = new RealUser(as, await ResourceServer.start(as.issuer))
    beforeEach(() => user.#begin())
    afterEach(() => {
      user.rs.stop()
      as.intercept = undefined
    })
    afterAll(() => as.stop())
    return user
  }

  signIns(more: Partial<SignInOptions> = {}): SignIns {
    const made = createSignIns({
      store: this.store,
      egress: { allowHosts: [this.as.host, this.rs.host] },
      publicUrl: () => 'http://127.0.0.1:9',
      clock: () => this.clock(),
      ...more,
    })
    onTestFinished(() => made.close())
    return made
  }

  begin(made: SignIns) {
    return made.begin({ ...ids, url: this.rs.url, redirectUri, binding })
  }

  async signIn(made: SignIns) {
    const { authorizationUrl } = await this.begin(made)
    const callback = await new Browser().follow(authorizationUrl, redirectUri)
    return made.finish({ callback, binding })
  }

  async #begin(): Promise<void> {
    const { as } = this
    this.rs.stop()
    this.rs = await ResourceServer.start(as.issuer)
    this.store = new MemoryStore()
    this.store.addServer(ids.userId, ids.serverId, this.rs.url)
    this.clock = Date.now
    as.consent = {}
    as.granted.length = as.revoked.length = as.registered.length = 0
    as.accessTokenLifetime = 600
  }
}
