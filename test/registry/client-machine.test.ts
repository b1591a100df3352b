import { createServer, type ServerResponse } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { createActor, fromCallback, SimulatedClock } from 'xstate'
import type { AgentServers } from '../../src/registry/agent-wire.ts'
import { RegistryApi } from '../../src/registry/client/api.ts'
import { createLink } from '../../src/registry/client/link.ts'
import { type LinkEvent, userServersMachine } from '../../src/registry/client/machine.ts'
import { listen } from '../support/listen.ts'
import { until } from '../support/until.ts'

const copy: AgentServers = { lifetimeMs: 60_000, servers: [] }

/** A machine whose link, and time, are in the hand of a test. */
function begin() {
  const clock = new SimulatedClock()
  const links: ((event: LinkEvent) => void)[] = []
  const told: string[] = []
  let open = 0
  const link = fromCallback<LinkEvent>(({ sendBack }) => {
    open += 1
    links.push(sendBack)
    return () => {
      open -= 1
    }
  })
  const actor = createActor(userServersMachine.provide({ actors: { link } }), {
    ...{ clock, input: { random: () => 0.5 } },
  })
  actor.on('*', ({ type }) => told.push(type))
  actor.start()
  return {
    clock,
    told,
    say: (event: LinkEvent) => links.at(-1)?.(event),
    links: () => ({ opened: links.length, open }),
    has: () => actor.getSnapshot().context.copy !== undefined,
  }
}

test('one link brings all copies, and stays open', () => {
  const { say, links, told, has } = begin()
  for (let copies = 0; copies < 3; copies++) say({ type: 'link.copied', copy })
  expect([links(), told, has()]).toEqual([{ opened: 1, open: 1 }, ['changed', 'changed', 'changed'], true])
})

test('a copy lives as long as the registry is heard, and no longer', () => {
  const { clock, say, links, has } = begin()
  say({ type: 'link.copied', copy })
  clock.increment(59_000)
  say({ type: 'link.heard' })
  clock.increment(59_999)
  expect(has()).toBe(true)
  clock.increment(1)
  expect(has()).toBe(false)
  // Something that is open and silent is tried anew.
  clock.increment(10_000)
  expect(links()).toEqual({ opened: 2, open: 1 })
})

test('a link that is lost is tried again with growing pauses, and its copy is kept meanwhile', () => {
  const { clock, say, links, has, told } = begin()
  say({ type: 'link.copied', copy })
  const pauses = [125, 250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]
  for (const pauseMs of pauses) {
    const { opened } = links()
    say({ type: 'link.lost', reason: 'cut' })
    clock.increment(pauseMs - 1)
    expect(links()).toEqual({ opened, open: 0 })
    clock.increment(1)
    expect(links()).toEqual({ opened: opened + 1, open: 1 })
  }
  expect(has()).toBe(true)
  expect(told.filter((type) => type === 'lost')).toHaveLength(pauses.length)
})

test('without a link that is provided, it says what to provide', () => {
  const actor = createActor(userServersMachine, { input: { random: () => 0 } })
  const errors: unknown[] = []
  actor.subscribe({ error: (error) => errors.push(error) })
  actor.start()
  expect(String(errors[0])).toContain('provide one: userServersMachine.provide')
})

test('a registry that lives but cannot tell the servers does not keep an old copy alive', async () => {
  let isWell = true
  let stream: ServerResponse | undefined
  const registry = createServer(({ url }, response) => {
    if (url?.endsWith('/events')) {
      stream = response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(': here\n\n')
    } else response.writeHead(isWell ? 200 : 500).end(JSON.stringify(copy))
  })
  const { url } = await listen(registry)
  const clock = new SimulatedClock()
  const link = createLink(Promise.resolve(new RegistryApi({ url, token: 'sbk_1' }, 'ann')))
  const actor = createActor(userServersMachine.provide({ actors: { link } }), {
    ...{ clock, input: { random: () => 0 } },
  })
  onTestFinished(() => {
    actor.stop()
    registry.close()
    registry.closeAllConnections()
  })
  let losses = 0
  actor.on('lost', () => {
    losses += 1
  })
  actor.start()
  const has = () => actor.getSnapshot().context.copy !== undefined
  await until(has, 'the copy is there')
  isWell = false
  stream?.write('event: servers\ndata: {}\n\n')
  for (let times = 1; times <= 6; times++) {
    await until(() => losses >= times, 'the copy is asked for, and refused')
    clock.increment(10_000)
  }
  expect(has()).toBe(false)
})
