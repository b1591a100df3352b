import { messageOf } from '../../errors.ts'
import type { Credentials, Refusal, RefusalAnswer } from '../../user-servers.ts'
import type { AgentServer } from '../wire.ts'
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
  ) {
    this.#serverId = id
    this.#authorization = authorization
    this.#signInUrl = signInUrl
  }

  get authorization(): string | undefined {
    return this.#authorization?.value
  }

  /** Whether the server is worth another try: it would be given something else than before. */
  async update({ authorization, signInUrl }: AgentServer): Promise<boolean> {
    const isNew = authorization !== undefined && authorization.version !== this.#authorization?.version
    this.#authorization = authorization
    this.#signInUrl = signInUrl
    const untold = this.#untold
    if (isNew || untold === undefined) {
      this.#untold = undefined
      return isNew
    }
    return (await this.refuse(untold)).isRenewed
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
      const isRenewed = told.authorization !== undefined && told.authorization.version !== version
      if (isRenewed) this.#authorization = told.authorization
      this.#signInUrl = told.signInUrl
      return { isRenewed, signInUrl: told.signInUrl, reason: told.reason }
    } catch (error) {
      this.#untold = refusal
      const reason = `its credentials cannot be looked up: ${messageOf(error)}`
      return { isRenewed: false, signInUrl: this.#signInUrl, reason }
    }
  }
}
