import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { RegistryDatabase } from '../../../src/registry/database/database.ts'
import { createStore } from '../../../src/registry/store/create-store.ts'
import type { Change, RegistryStore } from '../../../src/registry/store.ts'
import {
  ann,
  type databaseKinds,
  newServer,
  newVault,
  openTestDatabase,
  type TestDatabase,
} from '../support.ts'

/** A store on a database of its own, for all tests of a group; each of them has another user. */
export class TestedStore {
  user = ''
  #opened: TestDatabase | string = 'not opened yet'
  #store: RegistryStore | undefined

  constructor(kind: (typeof databaseKinds)[number]) {
    beforeAll(async () => {
      this.#opened = await openTestDatabase(kind)
      if (typeof this.#opened !== 'string')
        this.#store = createStore({ database: this.#opened.database, vault: newVault() })
    })
    beforeEach((context) => {
      if (typeof this.#opened === 'string') context.skip(this.#opened)
      this.user = `user ${randomUUID()}`
    })
    afterAll(async () => {
      if (typeof this.#opened !== 'string') await this.#opened.close()
    })
  }

  get store(): RegistryStore {
    if (!this.#store) throw new Error('there is no store')
    return this.#store
  }

  get database(): RegistryDatabase {
    if (typeof this.#opened === 'string') throw new Error(this.#opened)
    return this.#opened.database
  }

  add(name: string, rest = {}) {
    return this.store.servers.add(ann, this.user, newServer(name, rest), 50)
  }

  async names(): Promise<string[]> {
    return (await this.store.servers.list(this.user, { limit: 100 })).servers.map(({ name }) => name)
  }

  /** What a listener hears of this test's user. */
  listening(): { heard: Change[]; stop: () => void } {
    const heard: Change[] = []
    const { user } = this
    const stop = this.store.onChange((change) => {
      if (change !== 'all' && change.userId === user) heard.push(change)
    })
    return { heard, stop }
  }
}
