import { describe } from 'vitest'
import { testRecords } from './store/records.ts'
import { testServers } from './store/servers.ts'
import { testSignIns } from './store/sign-ins.ts'
import { TestedStore } from './store/tested-store.ts'
import { testUsers } from './store/users.ts'
import { databaseKinds } from './support.ts'

/** In one file, since to start and stop a database takes as long as all of them. */
describe.each(databaseKinds)('in %s', (kind) => {
  const tested = new TestedStore(kind)
  testServers(tested)
  testUsers(tested)
  testRecords(tested)
  testSignIns(tested)
})
