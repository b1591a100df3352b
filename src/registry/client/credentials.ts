import { messageOf } from '../../contract/errors.ts'
import type { Credentials, Refusal, RefusalAnswer } from '../../contract/user-servers.ts'
import type { AgentServer } from '../agent-wire.ts'
import type { RegistryApi } from './api.ts'

type Authorization = AgentServer['authorization']

/** What the registry gives one server, and hears when it is refused. */
export class RegisteredCredentials implements Credentials {
  readonly #serverId: string
  #authorization: Authorization
  #signInUrl: string | undefined
  /** Calls side by side are refused side by side: the registry is told once. */
  #asking: { version: number | undefined; answer: Promise<RefusalAnswer> } | undefined
  /** What could not be told. */
  #untold: Refusal | undefined

  constructor(
    private readonly api: Promise<RegistryApi>,
    { id, authorization, signInUrl }: AgentServer,
    private readonly onRenewed: () => void,
  ) {
    this.#serverId = id
    this.#authorization = authorization
    this.#signInUrl = signInUrl
  }

  get authorization(): string | undefined {
    return this.#authorization?.value
  }

  update({ authorization, signInUrl }: AgentServer): void {
    this.#signInUrl = signInUrl
    this.#take(authorization)
    const untold = this.#untold
    if (untold !== undefined && untold.refused === this.authorization) void this.refuse(untold)
  }

  refuse(refusal: Refusal): Promise<RefusalAnswer> {
    const current = this.#authorization
    if (current && current.value !== refusal.refused) {
      return Promise.resolve({ isRenewed: true, reason: 'it has other credentials by now' })
    }
    const version = current?.version
    if (this.#asking && this.#asking.version === version) return this.#asking.answer
    const answer = this.#tell(refusal, version).finally(() => {
      if (this.#asking?.answer === answer) this.#asking = undefined
    })
    this.#asking = { version, answer }
    return answer
  }

  /** Whoever brings it: a server that has refused the one before is worth another try. */
  #take(authorization: Authorization): void {
    const { version = 0 } = this.#authorization ?? {}
    // A copy that was under way when a refusal brought a newer one.
    if (authorization !== undefined && authorization.version < version) return
    this.#authorization = authorization
    if (authorization !== undefined && authorization.version > version) this.onRenewed()
  }

  async #tell(refusal: Refusal, version: number | undefined): Promise<RefusalAnswer> {
    const { status, challenge } = refusal
    try {
      const api = await this.api
      const told = await api.refuse(this.#serverId, {
        status,
        ...(version === undefined ? {} : { version }),
        ...(challenge === undefined ? {} : { challenge }),
      })
      this.#untold = undefined
      this.#signInUrl = told.signInUrl
      this.#take(told.authorization)
      const isRenewed = this.authorization !== refusal.refused
      return { isRenewed, signInUrl: told.signInUrl, reason: told.reason }
    } catch (error) {
      this.#untold = refusal
      const reason = `its credentials cannot be looked up: ${messageOf(error)}`
      return { isRenewed: false, signInUrl: this.#signInUrl, reason }
    }
  }
}
