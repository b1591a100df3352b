/** How soon a change at one service of a registry is in a running call that asks another one, on one PostgreSQL. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createSwitchboard } from '../dist/index.js'
import { createRegistryClient } from '../dist/registry/client/index.js'
import { createRegistryServer, openRegistry, readKeys } from '../dist/registry/index.js'
import { rowOf } from './report/row.mjs'

const samples = 20
const limitMs = 1_000
const userId = 'carol'
const keys = readKeys(`k1:${Buffer.alloc(32, 1).toString('base64')}`)

export async function changeRows(url) {
  const cleanUps = []
  try {
    const web = await startWeb(cleanUps)
    const allowHosts = [new URL(web).host]
    const [written, read] = await Promise.all([0, 1].map(() => serve(url, allowHosts, cleanUps)))
    const { key: token } = await written.store.apiKeys.add({ name: 'bench' }, `bench ${Date.now()}`, 'agent')
    const userServers = await createRegistryClient({ url: read.url, token, allowHosts }).loadUserServers(
      userId,
    )
    const switchboard = createSwitchboard({ mcpServers: {} })
    cleanUps.push(
      () => switchboard.stop(),
      async () => userServers.close(),
    )
    switchboard.start()
    const conversation = switchboard.conversation({ userServers })
    const isOffered = () =>
      conversation.functions.some(({ name, callable }) => name === 'search_web' && callable)
    const times = { told: [], callable: [], gone: [] }
    for (let count = 0; count < samples; count++) {
      const startedAt = performance.now()
      const server = await ask(written.url, 'POST', '', { name: 'Web', url: web })
      await untilChanged(userServers, () => userServers.servers.has(server.name))
      times.told.push(performance.now() - startedAt)
      await untilChanged(conversation, isOffered)
      times.callable.push(performance.now() - startedAt)
      const removedAt = performance.now()
      await ask(written.url, 'DELETE', `/${server.id}`)
      await untilChanged(conversation, () => !isOffered())
      times.gone.push(performance.now() - removedAt)
    }
    return [
      row('a server that is added at one service is known in a call at another', times.told),
      row('… its functions can be called', times.callable),
      row('… and are gone after it was removed', times.gone),
    ]
  } finally {
    for (const cleanUp of cleanUps.reverse()) await cleanUp()
  }
}

function row(name, times) {
  const measured = rowOf(name, times)
  return { ...measured, bound: `≤ ${limitMs} ms`, ok: measured.worst <= limitMs }
}

async function startWeb(cleanUps) {
  const program = fileURLToPath(new URL('../dist/examples/servers/web.js', import.meta.url))
  const child = spawn(process.execPath, [program, '--http'], { stdio: ['ignore', 'ignore', 'pipe'] })
  cleanUps.push(async () => child.kill())
  const [line] = await once(createInterface(child.stderr), 'line')
  return line.replace('listening on ', '')
}

async function serve(url, allowHosts, cleanUps) {
  const registry = await openRegistry({
    ...{ database: { url }, keys, egress: { allowHosts } },
    identity: { development: { userId, listensOn: '127.0.0.1' } },
    publicUrl: () => 'http://127.0.0.1',
    signInPage: () => 'http://127.0.0.1/{id}',
  })
  const server = await createRegistryServer(registry, { host: '127.0.0.1', port: 0 })
  cleanUps.push(async () => {
    await server.close()
    await registry.close()
  })
  return { url: server.url, store: registry.store }
}

async function ask(url, method, path, body) {
  const response = await fetch(`${url}/api/mcp/servers${path}`, {
    method,
    ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
  return response.status === 204 ? undefined : response.json()
}

/** `teller` tells of each change. */
function untilChanged(teller, isSo) {
  return new Promise((resolve) => {
    const look = () => {
      if (!isSo()) return
      off()
      resolve()
    }
    const off = teller.subscribe(look)
    look()
  })
}
