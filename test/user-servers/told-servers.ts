import type { EgressPolicy, Refusal, RefusalAnswer, UserServer, UserServers } from '../../src/index.ts'

/** A caller's servers as a test tells them. */
export class ToldServers implements UserServers {
  servers: ReadonlyMap<string, UserServer> = new Map()
  problem: string | undefined
  readonly observations: string[] = []
  readonly #listeners = new Set<(change: { renewed?: string }) => void>()

  constructor(readonly egress: EgressPolicy) {}

  tell(servers: Record<string, UserServer>, problem?: string): void {
    this.servers = new Map(Object.entries(servers))
    this.problem = problem
    for (const listener of this.#listeners) listener({})
  }

  renew(renewed: string): void {
    for (const listener of this.#listeners) listener({ renewed })
  }

  subscribe(listener: (change: { renewed?: string }) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  get listeners(): number {
    return this.#listeners.size
  }

  observed(statuses: Parameters<NonNullable<UserServers['observed']>>[0]): void {
    this.observations.push(statuses.map(({ name, state }) => `${name} ${state}`).join(', '))
  }
}

/** What a test has in its hand. */
export class ToldCredentials {
  authorization: string | undefined
  readonly refusals: Refusal[] = []
  answer: RefusalAnswer = { isRenewed: false, reason: 'nobody is signed in' }
  /** What is given from the next refusal on. */
  next: string | undefined

  constructor(authorization?: string) {
    this.authorization = authorization
  }

  async refuse(refusal: Refusal): Promise<RefusalAnswer> {
    this.refusals.push(refusal)
    if (this.next === undefined) return this.answer
    this.authorization = this.next
    return { isRenewed: true, reason: 'it was refreshed' }
  }
}
