import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { type Finished, printedEvent, startSwitchboard, temporaryFolder } from '../cli/support.ts'
import { noLiveKit } from '../cli/worker-on-stand-in.ts'
import { WorkerProcess } from '../cli/worker-process.ts'
import { RegistryProcess } from '../registry/registry-process.ts'
import type { Postgres } from '../registry/support.ts'
import { unusedPort } from '../support/listen.ts'
import { LiveKitStandIn } from '../support/livekit-stand-in.ts'
import { type HttpProcess, TestServer } from '../support/test-server.ts'

const agentFile = fileURLToPath(new URL('calling-agent.mjs', import.meta.url))
const proxySchema = z.object({ url: z.string(), tokenFile: z.string() })

/** One of the interchangeable servers of a group. */
export interface Replica {
  server: TestServer
  process: HttpProcess
}

export interface Fleet {
  livekit: LiveKitStandIn
  registry: RegistryProcess
  replicas: Replica[]
  /** The one that the caller has added at the registry. */
  ownServer: TestServer
  proxy: { pid: number; end(): Promise<Finished> }
  /** With the names that LiveKit knows them by. */
  workers: { worker: WorkerProcess; name: string }[]
}

/** Each of them is a process. `idleProcesses`: of the workers, in turn. */
export async function startFleet(postgres: Postgres, idleProcesses: readonly number[]): Promise<Fleet> {
  const ownServer = new TestServer('--only', 'look')
  const { url: ownUrl, port: ownPort } = await ownServer.startHttp()
  const allowHost = `127.0.0.1:${ownPort}`
  const registry = new RegistryProcess(await postgres.newDatabase(), await unusedPort(), allowHost)
  const replicas = await Promise.all([startReplica(), startReplica()])
  const [proxy, livekit] = await Promise.all([startProxy(replicas), LiveKitStandIn.start(), registry.start()])
  const token = await registry.newKey()
  if (!(await registry.addServer('mine', ownUrl))) throw new Error('the registry does not take a server')

  const headers = { Authorization: `Bearer ${proxy.token}` }
  const agent = {
    mcpServers: { proxy: { url: proxy.url, headers, switchboard: { proxy: true } } },
    registry: { url: registry.url, token, allowHosts: [allowHost] },
  }
  const env = { ...noLiveKit, ...livekit.environment, CALLING_AGENT: JSON.stringify(agent) }
  const workers: Fleet['workers'] = []
  for (const [at, idle] of idleProcesses.entries()) {
    const args = ['--agent', agentFile, '--idle-processes', String(idle), '--max-load', '1', '--drain', '1']
    const worker = new WorkerProcess(args, env)
    await livekit.untilRegistered(at)
    workers.push({ worker, name: `stand-in-worker-${at + 1}` })
  }
  await Promise.all(workers.map(({ worker }) => worker.untilReady()))
  return { livekit, registry, replicas, ownServer, proxy, workers }
}

async function startReplica(): Promise<Replica> {
  const server = new TestServer('--only', 'charge')
  return { server, process: await server.startHttp() }
}

/** `switchboard proxy` in front of replicas. */
async function startProxy(replicas: readonly Replica[]) {
  const folder = await temporaryFolder()
  const entries = replicas.map(({ process: { url } }, at) => [
    `bank-${at + 1}`,
    { url, switchboard: { group: 'bank' } },
  ])
  const configFile = join(folder, 'mcp.json')
  await writeFile(configFile, JSON.stringify({ mcpServers: Object.fromEntries(entries) }))
  const args = ['proxy', '--config', configFile, '--port', '0', '--json']
  const { child, finished } = startSwitchboard(args, { cwd: folder })
  onTestFinished(() => void child.kill('SIGKILL'))
  const { url, tokenFile } = proxySchema.parse(await printedEvent(child, ({ type }) => type === 'proxy'))
  const token = (await readFile(tokenFile, 'utf8')).trim()
  const end = () => {
    child.kill('SIGTERM')
    return finished
  }
  return { url, token, pid: child.pid ?? 0, end }
}
