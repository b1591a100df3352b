import { describe, expect, test } from 'vitest'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { entryOf, transports } from '../support/transports.ts'

test('all pages of tools are listed before a server is ready', async () => {
  const tools = ['token', 'charge', 'look', 'sum', 'fail']
  const { switchboard } = await openReady({
    pages: new TestServer('--only', tools.join(','), '--page', '2').stdio(),
  })
  expect(switchboard.functions.map(({ name }) => name)).toEqual(tools)
})

test('a malformed tool is left out and reported, the good ones stay', async () => {
  const { switchboard } = await openReady({ mixed: new TestServer('--only', 'sum', '--malformed').stdio() })

  expect(switchboard.functions.map(({ name }) => name)).toEqual(['sum'])
  expect(switchboard.servers[0]?.rejected).toEqual([
    { name: 'no_object', reason: 'inputSchema.type: Invalid input: expected "object"' },
    { name: '(without a name)', reason: 'name: Invalid input: expected string, received undefined' },
    { name: 'bad_output', reason: 'outputSchema: Invalid input: expected object, received string' },
    { name: 'bad_reference', reason: expect.stringMatching(/^inputSchema: Unresolved \$ref/) },
  ])
  expect(await switchboard.call('sum', { answer: 'right' })).toMatchObject({ ok: true })
})

describe.each(transports)('over %s', (transport) => {
  test.each(['answer', 'events'])('a change of tools told by way of %s is seen', async (where) => {
    const server = new TestServer('--only', 'token,change')
    const opened = await openReady({ growing: await entryOf(server, transport) })
    expect(await opened.switchboard.call('change', { where })).toMatchObject({ ok: true })

    await opened.until('the new tool is offered', () =>
      opened.switchboard.functions.some(({ name }) => name === 'extra'),
    )

    expect(opened.statesOf('growing')).toEqual(['connecting', 'ready'])
    expect(await opened.switchboard.call('extra', {})).toMatchObject({ ok: true, server: 'growing' })
    const told = opened.events.findLast((event) => event.type === 'functions.changed')
    expect(told?.functions.map(({ name }) => name)).toEqual(['token', 'change', 'extra'])
  })
})
