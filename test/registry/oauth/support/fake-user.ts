import { afterAll, beforeEach, onTestFinished } from 'vitest'
import { createSignIns, type SignInOptions } from '../../../../src/registry/oauth/create-sign-ins.ts'
import { SignInError } from '../../../../src/registry/sign-ins.ts'
import { FakeWorld } from './fake-world.ts'
import { MemoryStore } from './memory-store.ts'

export const redirectUri = 'http://127.0.0.1:9/api/mcp/oauth/callback'
export const binding = 'only this browser has it'
export const ids = { userId: 'ann', serverId: 'mail' }

export type Made = ReturnType<typeof createSignIns>

/** A user who signs in at a fake world, without a browser: the authorization server agrees. */
export class FakeUser {
  store = new MemoryStore()
  readonly world: FakeWorld

  constructor(world: FakeWorld) {
    this.world = world
  }

  /** One for all tests of a file; for each of them nothing has happened yet. */
  static async start(): Promise<FakeUser> {
    const user = new FakeUser(await FakeWorld.start())
    beforeEach(() => user.reset())
    afterAll(() => user.world.stop())
    return user
  }

  /** The world keeps every rule again, and nothing is known of anybody. */
  reset(): void {
    this.world.reset()
    this.store = new MemoryStore()
    this.store.addServer(ids.userId, ids.serverId, this.world.url, { 'x-api-key': 'header-canary' })
  }

  signIns(more: Partial<SignInOptions> = {}): Made {
    const made = createSignIns({
      store: this.store,
      egress: { allowHosts: [this.world.host] },
      publicUrl: () => 'http://127.0.0.1:9',
      ...more,
    })
    onTestFinished(() => made.close())
    return made
  }

  async begin(made = this.signIns(), url = this.world.url): Promise<URL> {
    const { authorizationUrl } = await made.begin({ ...ids, url, redirectUri, binding })
    return new URL(authorizationUrl)
  }

  /** As the browser comes back from an authorization server that agrees. */
  callbackOf(authorizationUrl: URL, more: Record<string, string> = {}): URL {
    const state = authorizationUrl.searchParams.get('state') ?? ''
    const answer = { code: 'code-canary', state, iss: this.world.issuer, ...more }
    const back = new URL(authorizationUrl.searchParams.get('redirect_uri') ?? redirectUri)
    for (const [name, value] of Object.entries(answer)) back.searchParams.set(name, value)
    return back
  }

  async signIn(made = this.signIns(), more: Record<string, string> = {}) {
    return made.finish({ callback: this.callbackOf(await this.begin(made), more), binding })
  }
}

export async function problemOf(done: Promise<unknown>): Promise<SignInError> {
  const error = await done.catch((reason: unknown) => reason)
  if (error instanceof SignInError) return error
  throw new Error('it was not refused', { cause: error })
}
