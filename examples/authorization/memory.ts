import type { Adapter, AdapterPayload } from 'oidc-provider'

interface Kept {
  payload: AdapterPayload
  /** Epoch milliseconds. */
  endsAt: number
}

/** Keeps what an authorization server has to remember, as long as it runs. */
export class Memory implements Adapter {
  static readonly #kept = new Map<string, Map<string, Kept>>()
  readonly #mine: Map<string, Kept>

  constructor(kind: string) {
    this.#mine = Memory.#kept.get(kind) ?? new Map()
    Memory.#kept.set(kind, this.#mine)
  }

  async upsert(id: string, payload: AdapterPayload, expiresInSeconds?: number): Promise<void> {
    const endsAt = expiresInSeconds ? Date.now() + expiresInSeconds * 1_000 : Number.POSITIVE_INFINITY
    this.#mine.set(id, { payload, endsAt })
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const kept = this.#mine.get(id)
    if (kept && kept.endsAt > Date.now()) return kept.payload
    this.#mine.delete(id)
    return undefined
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#where((payload) => payload.uid === uid)
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.#where((payload) => payload.userCode === userCode)
  }

  async consume(id: string): Promise<void> {
    const kept = this.#mine.get(id)
    if (kept) kept.payload.consumed = Math.floor(Date.now() / 1_000)
  }

  async destroy(id: string): Promise<void> {
    this.#mine.delete(id)
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [id, { payload }] of this.#mine) if (payload.grantId === grantId) this.#mine.delete(id)
  }

  #where(isIt: (payload: AdapterPayload) => boolean): AdapterPayload | undefined {
    return [...this.#mine.values()].find(({ payload }) => isIt(payload))?.payload
  }
}
