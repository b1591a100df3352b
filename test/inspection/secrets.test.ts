import { expect, test } from 'vitest'
import type { InspectionEvent } from 'xstate'
import type { JsonObject } from '../../src/index.ts'
import { Search } from '../security/canaries.ts'
import { answers, echo, environment, http, stdio } from '../security/leaky.ts'
import { type Opened, open } from '../support/opened.ts'
import { json, RawServer } from '../support/raw-http.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'
import { StatelyMessages } from './stately-messages.ts'

/** What the stdio server is given, as a caller's own words. */
const given = { a: environment.IN_ENV, b: `b ${environment.IN_ARGS}` }
/** A cut falls into a secret, somewhere. */
const cuts = [1_000, 1_003, 1_007, 1_011]

async function inspected(
  mcpServers: JsonObject,
  maxTextCharacters: number,
  use: (opened: Opened) => Promise<void>,
): Promise<{ search: Search; messages: string }> {
  const stately = new StatelyMessages()
  const search = new Search()
  const inspect = (event: InspectionEvent) => {
    search.look(event.type, event)
    search.look('a snapshot', event.actorRef.getSnapshot())
    stately.inspect.next?.(event)
  }
  const policy = {
    minBackOffMs: 60_000,
    maxBackOffMs: 60_000,
    patienceMs: 100,
    environment,
    maxTextCharacters,
  }
  const opened = open(mcpServers, { ...policy, inspect })
  await opened.untilReady('it')
  await use(opened)
  await opened.switchboard.stop()
  await stately.untilTold('xstate.done.actor.it#1')
  return { search, messages: JSON.stringify(stately.messages) }
}

test.each(cuts)('no secret of a stdio server is told, whatever it answers (cut at %d)', async (cut) => {
  const { search, messages } = await inspected({ it: stdio('never') }, cut, async ({ switchboard }) => {
    const answers: boolean[] = []
    for (const name of ['answer', 'progress', 'garble', 'fail', 'refuse', 'die']) {
      answers.push((await switchboard.call(name, given)).ok)
    }
    expect(answers).toEqual([true, true, true, false, false, false])
  })
  expect(messages).toContain('xstate.init')
  expect(messages.match(/\[hidden\]/g)?.length).toBeGreaterThan(100)
  search.look('messages', messages)
  expect(search.found).toEqual([])
})

test.each(cuts)('no secret of an HTTP server is told, whatever it answers (cut at %d)', async (cut) => {
  const server = await RawServer.start()
  const { search, messages } = await inspected({ it: http(server.url) }, cut, async ({ switchboard }) => {
    for (const body of answers) {
      server.handlers.set('tools/call', (response, id, request) =>
        json(response, { jsonrpc: '2.0', id, ...body(echo(request).repeat(3)) }),
      )
      await switchboard.call('act', {})
    }
    server.handlers.set('tools/call', (response, _, request) => response.writeHead(500).end(echo(request)))
    await switchboard.call('act', {})
  })
  expect(messages.match(/\[hidden\]/g)?.length).toBeGreaterThan(100)
  search.look('messages', messages)
  expect(search.found).toEqual([])
})

test('secrets of a server that one conversation alone has are hidden, also after it ended', async () => {
  const shared = new TestServer('--only', 'charge')
  const { search, messages } = await inspected({ it: shared.stdio() }, 1_000, async ({ switchboard }) => {
    const own = switchboard.conversation({ mcpServers: { own: stdio('never') } })
    await until(() => own.functions.some(({ name }) => name === 'answer'), 'its server is there')
    expect(await own.call('answer', given)).toMatchObject({ ok: true })
    await own.end()
    await switchboard.call('charge', given)
  })
  expect(messages.match(/\[hidden\]/g)?.length).toBeGreaterThan(20)
  search.look('messages', messages)
  expect(search.found).toEqual([])
})
