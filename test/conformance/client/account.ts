/** The one server of a caller, and its sign-ins: what a registry and its client do together, in one process. */
import type { ServerStatus } from '../../../src/contract/protocol.ts'
import type {
  Credentials,
  Refusal,
  RefusalAnswer,
  UserServer,
  UserServers,
} from '../../../src/contract/user-servers.ts'
import { answerRefusal } from '../../../src/registry/http/server-credentials.ts'
import type { AccessToken } from '../../../src/registry/sign-ins.ts'
import { visitSignIn } from './browser.ts'

type Change = Parameters<Parameters<UserServers['subscribe']>[0]>[0]
type Parts = Parameters<typeof answerRefusal>[0]

/** Where browsers come back; nobody listens there. */
export const redirectUri = 'http://localhost:3000/api/mcp/oauth/callback'
export const serverName = 'tested'
export const ids = { userId: 'caller', serverId: serverName }
const binding = 'only this browser has it'

export class Account implements UserServers, Credentials {
  readonly egress = { allowHosts: ['localhost'] }
  readonly problem = undefined
  readonly servers: ReadonlyMap<string, UserServer>
  readonly #listeners = new Set<(change: Change) => void>()
  #token: AccessToken | undefined

  constructor(
    private readonly url: string,
    private readonly parts: Parts,
    readonly observed: (statuses: readonly ServerStatus[]) => void,
  ) {
    this.servers = new Map([[serverName, { url, headers: {}, options: {}, credentials: this }]])
  }

  get authorization(): string | undefined {
    return this.#token?.value
  }

  async refuse({ refused, status, challenge }: Refusal): Promise<RefusalAnswer> {
    const version = refused === this.#token?.value ? this.#token?.version : undefined
    const refusal = { ...ids, url: this.url, version, status, challenge }
    const { token, reason, signInUrl } = await answerRefusal(this.parts, refusal)
    this.#token = token ?? this.#token
    return { isRenewed: token !== undefined, reason, signInUrl }
  }

  /** @throws SignInError */
  async signIn(): Promise<void> {
    const { signIns } = this.parts
    const { authorizationUrl } = await signIns.begin({ ...ids, url: this.url, redirectUri, binding })
    const callback = await visitSignIn(authorizationUrl, redirectUri)
    await signIns.finish({ callback, binding })
    this.#token = await signIns.accessToken(ids.userId, ids.serverId)
    for (const listener of [...this.#listeners]) listener({ renewed: serverName })
  }

  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
