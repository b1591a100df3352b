import { expect, test } from 'vitest'
import { canary, Search } from '../security/canaries.ts'
import { echo, environment, http, stdio } from '../security/leaky.ts'
import { open } from '../support/opened.ts'
import { RawServer } from '../support/raw-http.ts'
import { Recorded, registerGlobals } from './recorded.ts'

registerGlobals()

const policy = { minBackOffMs: 60_000, maxBackOffMs: 60_000, patienceMs: 100, environment }

test('no secret of a configuration is exported, whatever a server tells of it and however much is recorded', async () => {
  const echoing = await RawServer.start()
  echoing.handlers.set('tools/call', (response, _, request) => {
    response.writeHead(500, { 'content-type': 'text/plain' }).end(echo(request))
  })
  const recorded = new Recorded({ recordContents: true })
  const servers = { leaky: stdio('never'), dying: stdio('at once'), far: http(echoing.url) }
  const opened = open(servers, { ...policy, telemetry: recorded.telemetry })
  await opened.untilReady('leaky', 'far')
  await opened.switchboard.settled()
  const names = opened.switchboard.functions.map(({ name }) => name).filter((name) => name !== 'die')
  for (const name of [...names, 'die', 'anything']) {
    await opened.switchboard.call(name, { with: canary('env') })
  }
  await opened.switchboard.stop()
  const points = await recorded.points()

  const search = new Search()
  search.look('exported', recorded.exported)
  search.look('points', points)
  expect(recorded.facts.length).toBeGreaterThan(10)
  // What a server answers is masked, and not left out.
  expect(JSON.stringify(recorded.facts)).toContain('[hidden]')
  expect(search.found).toEqual([])
})
