import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { startPostgres } from '../registry/support.ts'
import {
  printedEvent,
  printedEvents,
  run,
  startSwitchboard,
  temporaryFolder,
  withoutProgress,
} from './support.ts'

const registrySchema = z.looseObject({ url: z.string(), development: z.boolean() })
const idSchema = z.looseObject({ id: z.string() })
const pageSchema = z.object({ servers: z.array(z.looseObject({ id: z.string(), name: z.string() })) })

/** None of it is from the machine that this runs on. */
const env = {
  ...{ DATABASE_URL: '', SWITCHBOARD_REGISTRY_KEYS: '', REGISTRY_JWT_ISSUER: '' },
  ...{ REGISTRY_JWT_AUDIENCE: '', REGISTRY_JWT_JWKS_URL: '' },
}

async function serve(cwd: string, args: string[] = [], environment = env) {
  const { child, finished } = startSwitchboard(['registry', '--port', '0', '--json', ...args], {
    ...{ cwd, env: environment },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const told = await printedEvent(child, ({ type }) => type === 'registry')
  return { child, finished, ...registrySchema.parse(told) }
}

const add = (url: string, name: string) =>
  fetch(`${url}/servers`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, url: 'https://mcp.example.com/mcp', headers: { 'X-Key': 'canary' } }),
  })

test('SIGKILL of the service loses no confirmed write, and leaves nothing that hinders the next one', async () => {
  const cwd = await temporaryFolder()
  const first = await serve(cwd)
  expect(first.development).toBe(true)
  const confirmed: string[] = []
  const writers = Array.from({ length: 3 }, async (_, writer) => {
    for (let at = 0; at < 16; at++) {
      const response = await add(first.url, `${writer}-${at}`).catch(() => undefined)
      if (response?.status !== 201) return
      const { id } = idSchema.parse(await response.json().catch(() => ({})))
      confirmed.push(id)
      if (confirmed.length === 12) first.child.kill('SIGKILL')
    }
  })
  await Promise.allSettled(writers)
  await first.finished
  expect(confirmed.length).toBeGreaterThanOrEqual(12)

  const second = await serve(cwd)
  const { servers } = pageSchema.parse(await (await fetch(`${second.url}/servers?limit=100`)).json())
  const ids = servers.map(({ id }) => id)
  expect(confirmed.filter((id) => !ids.includes(id))).toEqual([])
  const { mode } = await stat(join(cwd, 'registry', 'registry.keys'))
  expect(mode & 0o077).toBe(0)
  second.child.kill('SIGTERM')
  const { code, stdout } = await second.finished
  expect({ code, types: printedEvents(stdout).map(({ type }) => type) }).toEqual({
    ...{ code: 0, types: ['registry', 'development', 'ending'] },
  })
})

test('keys are made once, listed by name, and removed; secrets are put under another key', async (context) => {
  // One server for all commands: each would start the embedded one anew, which takes longer than all else.
  const postgres = await startPostgres()
  if (typeof postgres === 'string') return context.skip(postgres)
  onTestFinished(() => postgres.close())
  const cwd = await temporaryFolder()
  const keyOf = (id: string, byte: number) => `${id}:${Buffer.alloc(32, byte).toString('base64')}`
  const old = keyOf('old', 6)
  const database = { ...env, DATABASE_URL: await postgres.newDatabase(), SWITCHBOARD_REGISTRY_KEYS: old }
  const registry = async (...args: string[]) => {
    const finished = await run(['registry', ...args], { cwd, env: database })
    return { ...finished, stderr: withoutProgress(finished.stderr) }
  }
  const made = await registry('key', 'add', 'desk', '--role', 'agent')
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^sbk_[\w-]{43}\n$/) })
  expect(await registry('key', 'add', 'desk', '--role', 'agent')).toMatchObject({
    ...{ code: 2, stderr: 'switchboard: there is a key named “desk” already\n' },
  })
  expect((await registry('key', 'list')).stdout).toMatch(/^desk {2}agent {2}\d{4}-\S+Z\n$/)
  expect(await registry('key', 'remove', 'desk')).toMatchObject({ code: 0, stdout: '' })

  const first = await serve(cwd, [], database)
  expect((await add(first.url, 'mail')).status).toBe(201)
  first.child.kill('SIGTERM')
  await first.finished
  const rotated = await run(['registry', '--json', 'rotate-secrets'], {
    ...{ cwd, env: { ...database, SWITCHBOARD_REGISTRY_KEYS: `${keyOf('new', 7)},${old}` } },
  })
  expect({ code: rotated.code, told: JSON.parse(rotated.stdout) }).toEqual({
    ...{ code: 0, told: { rewrapped: 1, unreadable: [] } },
  })

  // Only the error where a key is missing; and the service says so when it starts.
  const others = { ...database, SWITCHBOARD_REGISTRY_KEYS: keyOf('other', 8) }
  expect(await run(['registry', 'rotate-secrets'], { cwd, env: others })).toEqual({
    ...{ code: 1, stdout: '' },
    stderr: expect.stringMatching(
      /^(?:.* …\n)?switchboard: headers of server .* key new, which is not .*\n$/,
    ),
  })
  const second = await serve(cwd, [], others)
  second.child.kill('SIGTERM')
  expect((await second.finished).stderr).toContain('under keys that are not given: new (given: other)')
})

test('a folder that holds no registry is named, and nothing is made in it', async () => {
  const cwd = await temporaryFolder()
  for (const args of [['rotate-secrets'], ['key', 'list'], ['key', 'remove', 'desk']]) {
    expect(await run(['registry', ...args, '--folder', 'regsitry'], { cwd, env })).toEqual({
      ...{ code: 2, stdout: '' },
      stderr: `switchboard: there is no registry in ${join(cwd, 'regsitry')}; name its folder with --folder\n`,
    })
  }
  expect(await readdir(cwd)).toEqual([])
})

test.each(['add', 'list', 'remove'])(
  'the help of key %s shows where the folder is named, and an example',
  async (name) => {
    const { code, stdout } = await run(['registry', 'key', name, '--help'])
    expect({ code, stdout }).toEqual({
      ...{ code: 0, stdout: expect.stringMatching(/--folder <path>[\s\S]*\$ npx switchboard registry key /) },
    })
  },
)

test('a reader that has seen enough ends the command quietly', async () => {
  const { child, finished } = startSwitchboard(['registry', 'openapi'], { env })
  child.stdout?.destroy()
  expect(await finished).toEqual({ code: 0, stdout: '', stderr: '' })
})

test('the description of the interface is printed without a database', async () => {
  const cwd = await temporaryFolder()
  const { code, stdout } = await run(['registry', 'openapi'], { cwd, env })
  expect({ code, openapi: z.looseObject({ openapi: z.string() }).parse(JSON.parse(stdout)).openapi }).toEqual(
    {
      ...{ code: 0, openapi: '3.1.0' },
    },
  )
})

const someKeys = `k1:${Buffer.alloc(32).toString('base64')}`
const jwt = {
  REGISTRY_JWT_ISSUER: 'https://identity.example.com',
  REGISTRY_JWT_AUDIENCE: 'switchboard',
  REGISTRY_JWT_JWKS_URL: 'https://identity.example.com/keys',
}

test.each([
  [[], { DATABASE_URL: 'postgres://x@127.0.0.1:1/x' }, /SWITCHBOARD_REGISTRY_KEYS is not set.*randomBytes/],
  [[], { SWITCHBOARD_REGISTRY_KEYS: 'k1:short' }, /key 1 in SWITCHBOARD_REGISTRY_KEYS has \d+ bytes/],
  [[], { REGISTRY_JWT_ISSUER: 'x' }, /REGISTRY_JWT_AUDIENCE and REGISTRY_JWT_JWKS_URL not set/],
  [[], { ...jwt, REGISTRY_JWT_JWKS_URL: 'http://identity.example.com/keys' }, /is not an https address/],
  [
    [],
    { REGISTRY_OAUTH_CLIENTS: '{"clients":[{"issuer":"x"}]}' },
    /REGISTRY_OAUTH_CLIENTS: clients\.0\.issuer/,
  ],
  [[], jwt, /--sign-in-page is missing/],
  [
    ['--host', '0.0.0.0', '--sign-in-page', 'https://app.example.com/{id}'],
    { ...jwt, SWITCHBOARD_REGISTRY_KEYS: someKeys },
    /--public-url is missing/,
  ],
  [['--host', '0.0.0.0'], { SWITCHBOARD_REGISTRY_KEYS: someKeys }, /listens on this machine only/],
  [['--public-url', 'https://x.example/path'], {}, /without a path/],
  [['--sign-in-page', 'javascript:alert(1)'], {}, /such as https/],
  [['--sign-in-page', 'https://app.example.com/'], {}, /lacks \{id\}/],
  [['--allow-host', 'https://x.example'], {}, /host or host:port/],
  [['--port', '70000'], {}, /from 0 to 65535/],
  [['key', 'add', 'x'], {}, /--role/],
  [['key', 'add', 'a b', '--role', 'agent'], {}, /letters, digits and/],
  [['key', 'add', 'x', '--role', 'root'], {}, /agent, operator/],
  [['opnapi'], {}, /unknown command 'opnapi'; did you mean "openapi"\?/],
  [['nonsense'], {}, /unknown command 'nonsense'; `switchboard registry --help` lists the commands\n$/],
])('%j is refused in one line, with exit code 2', async (args, more, words) => {
  const cwd = await temporaryFolder()
  const { code, stdout, stderr } = await run(['registry', ...args], { cwd, env: { ...env, ...more } })
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^switchboard: .*\n(.*\n)?$/)
  expect(stderr).toMatch(words)
})
