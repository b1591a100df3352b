import { expect, onTestFinished, test } from 'vitest'
import type { JsonObject } from '../../src/index.ts'
import type { CallView } from '../../src/inspector/wire.ts'
import { RealtimeEndpoint } from '../agent/realtime-endpoint.ts'
import { Search } from '../security/canaries.ts'
import { answers, echo, environment, http, stdio } from '../security/leaky.ts'
import { open, openReady } from '../support/opened.ts'
import { json, RawServer } from '../support/raw-http.ts'
import { until } from '../support/until.ts'
import { VoicePage } from '../support/voice-page.ts'
import { inspect, LivePage, Visitor } from './live-page.ts'

/** A cut of a text falls into a secret, at one of these. */
const cuts = [1_000, 1_005, 1_010]

/** All that a page can learn of a server that repeats what it was given, as text. */
async function told(
  mcpServers: JsonObject,
  maxTextCharacters: number,
  functions: string[],
  given: JsonObject,
  prepare: (name: string) => void = () => {},
): Promise<string> {
  const policy = {
    minBackOffMs: 60_000,
    maxBackOffMs: 60_000,
    patienceMs: 100,
    environment,
    maxTextCharacters,
  }
  const opened = open(mcpServers, policy)
  await opened.untilReady('it')
  const { url } = await inspect(opened.switchboard, { allowFaults: true })
  const visitor = await Visitor.to(url)
  const page = new LivePage(visitor)
  await page.sees('the first snapshot', ({ facts }) => facts)
  const texts: string[] = []
  for (const name of functions) {
    prepare(name)
    const path = `/api/functions/${name}`
    texts.push(await (await visitor.get(path)).text())
    texts.push(await (await visitor.post(`${path}/call`, { arguments: given })).text())
  }
  const isEnded = ({ endedAt }: CallView) => endedAt !== undefined
  await page.sees('all calls', ({ calls }) => [...calls.values()].filter(isEnded).length === functions.length)
  for (const callId of page.state.calls.keys()) {
    texts.push(await (await visitor.get(`/api/calls/${callId}`)).text())
  }
  for (const { actorId } of page.state.actors.values()) {
    texts.push(await (await visitor.get(`/api/actors/${actorId}`)).text())
    for (let number = 1; ; number++) {
      const response = await visitor.get(`/api/actors/${actorId}/steps/${number}`)
      if (response.status === 404) break
      texts.push(await response.text())
    }
  }
  return [...texts, ...page.messages.map((message) => JSON.stringify(message))].join('\n')
}

function expectNoSecret(text: string): void {
  expect(text.match(/\[hidden\]/g)?.length).toBeGreaterThan(50)
  const search = new Search()
  search.look('the page', text)
  expect(search.found).toEqual([])
}

test.each(cuts)('no secret of a stdio server is on the page, whatever it says (cut at %d)', async (cut) => {
  const given = { a: environment.IN_ENV, b: `b ${environment.IN_ARGS}` }
  const functions = ['answer', 'progress', 'garble', 'fail', 'refuse', 'die']
  expectNoSecret(await told({ it: stdio('never') }, cut, functions, given))
})

test.each(cuts)('no secret of an HTTP server is on the page, whatever it says (cut at %d)', async (cut) => {
  const server = await RawServer.start()
  const bodies = [...answers]
  const prepare = () => {
    const body = bodies.shift()
    server.handlers.set('tools/call', (response, id, request) => {
      const text = echo(request).repeat(3)
      if (body) json(response, { jsonrpc: '2.0', id, ...body(text) })
      else response.writeHead(500).end(text)
    })
  }
  const given = { a: environment.IN_HEADER, b: `b ${environment.IN_PATH}` }
  expectNoSecret(await told({ it: http(server.url) }, cut, ['act', 'act', 'act', 'act'], given, prepare))
})

test('no secret is told at /voice: neither in words that are still being said, nor in a complaint', async () => {
  const endpoint = await RealtimeEndpoint.start()
  onTestFinished(() => endpoint.close())
  const { switchboard } = await openReady({ it: stdio('never') }, { environment })
  const openai = { apiKey: 'key', baseURL: endpoint.url }
  const inspector = await inspect(switchboard, { voice: { openai } })
  await inspector.voiceSettled
  const { origin, cookie } = await Visitor.to(inspector.url)
  const headers = { cookie, origin }
  const page = await VoicePage.call(`${origin.replace('http', 'ws')}/voice`, { model: 'openai', headers })

  const secret = environment.IN_ENV
  endpoint.scripted.push({ transcript: `It is ${secret}.`, audioMs: 100 })
  page.type(`is it ${secret}?`)
  await until(() => page.transcript.length === 2, 'both have spoken')
  const delta = { type: 'response.output_text.delta', item_id: 'item_in_two' }
  endpoint.send({ ...delta, delta: `It is ${secret.slice(0, 12)}` })
  endpoint.send({ ...delta, delta: secret.slice(12) })
  await page.untilTold('words', 5)
  endpoint.send({ type: 'error', error: { type: 'invalid_request_error', code: 'x', message: secret } })
  await page.untilTold('problem')

  const words = page.told('words').map(({ text }) => text)
  const hidden = 'It is [hidden]'
  expect(words).toEqual(['is it [hidden]?', `${hidden}.`, `${hidden}.`, hidden, hidden])
  const search = new Search()
  search.look('the page', page.messages)
  expect(search.found).toEqual([])
})
