import { expect, onTestFinished, test } from 'vitest'
import { unknownServers, watchFunctions } from '../../src/cli/proxy/unknown-names.ts'
import { createSwitchboard } from '../../src/index.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'

const clients = {
  desk: { servers: ['bnak', 'bank'], functions: ['loook', 'look', 'transmogrify'] },
  other: { servers: ['elsewhere'], functions: ['look', 'tool_status'] },
  all: {},
}

test('names in the file of clients that nobody has are told with what may be meant', async () => {
  expect(unknownServers(clients, ['bank', 'broken'])).toEqual([
    'the client "desk" names a server "bnak", which is not there; did you mean "bank"?',
    'the client "other" names a server "elsewhere", which is not there; correct the name, or leave it out',
  ])
  const bank = new TestServer('--only', 'look')
  const switchboard = createSwitchboard({ mcpServers: { bank: bank.stdio(), broken: {} } })
  onTestFinished(() => switchboard.stop())
  const warnings: string[] = []
  watchFunctions(switchboard, clients, (text) => warnings.push(text))
  switchboard.start()
  await until(() => warnings.length >= 3, 'it is told')
  expect(warnings).toEqual([
    'the client "desk" names a function "loook", which none of its servers lists; did you mean "look"?',
    'the client "desk" names a function "transmogrify", which none of its servers lists; correct the name, or leave it out',
    'the client "other" names a function "look", which none of its servers lists; correct the name, or leave it out',
  ])
})
