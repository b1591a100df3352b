import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { isNeedy, type Needy } from '../../src/packages.ts'
import { requirements } from './requirements.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
const shell = process.platform === 'win32'
const packedSchema = z.tuple([
  z.object({
    filename: z.string(),
    unpackedSize: z.number(),
    files: z.array(z.object({ path: z.string() })),
  }),
])
const exportsSchema = z.object({ exports: z.record(z.string(), z.unknown()) })

let folder = ''
let packed: z.infer<typeof packedSchema>[0]
let tarball = ''

/** What it prints on both streams, and how it ends. */
async function outcomeOf(args: string[]) {
  try {
    const { stdout, stderr } = await run(process.execPath, args, { cwd: folder })
    return { code: 0, output: stdout + stderr }
  } catch (error) {
    const failed = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() }).parse(error)
    return { code: failed.code, output: failed.stdout + failed.stderr }
  }
}

const installed = 'node_modules/mcp-switchboard'

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-package-'))
  // What `npm test` has built.
  const { stdout } = await run(npm, ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
    ...{ cwd: root, shell, maxBuffer: 2 ** 24 },
  })
  packed = packedSchema.parse(JSON.parse(stdout))[0]
  tarball = join(folder, packed.filename)
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  const quietly = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts']
  await run(npm, ['install', ...quietly, tarball, 'typescript@5', '@types/node@20'], { cwd: folder, shell })
}, 180_000)

afterAll(() => rm(folder, { recursive: true, force: true }))

test('the package holds what runs and its documents, and nothing of tests', () => {
  const paths = packed.files.map(({ path }) => path)
  const top = new Set(paths.map((path) => path.split('/')[0]))
  expect([...top].sort()).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'dist',
    'docs',
    'examples',
    'package.json',
    'src',
  ])
  expect(paths.filter((path) => /\.map$|\.test\.|^test\/|^docs\/images\//.test(path))).toEqual([])
  expect(
    paths.filter((path) => path.startsWith('src/') && !/\.(css|sql)$|_journal\.json$/.test(path)),
  ).toEqual([])
  // Of which the start-up image of the embedded database is 4.7.
  expect(packed.unpackedSize).toBeLessThan(9_000_000)
})

test('no file names a source map, for there is none', async () => {
  const programs = packed.files.filter(({ path }) => path.endsWith('.js'))
  const naming = await Promise.all(
    programs.map(async ({ path }) => {
      const code = await readFile(join(folder, installed, path), 'utf8')
      return code.includes('\n//# sourceMappingURL=') ? [path] : []
    }),
  )
  expect(programs.length).toBeGreaterThan(100)
  expect(naming.flat()).toEqual([])
})

test('publint and attw find nothing', async () => {
  const bin = `${root}node_modules/.bin/`
  await Promise.all([
    run(`${bin}publint`, ['run', tarball, '--strict'], { cwd: root, shell }),
    run(`${bin}attw`, [tarball, '--profile', 'esm-only', '--quiet'], { cwd: root, shell }),
  ])
})

test('without a peer, an entry loads or says in one line what to install', async () => {
  const { exports } = exportsSchema.parse(
    JSON.parse(await readFile(join(folder, installed, 'package.json'), 'utf8')),
  )
  const entries = Object.keys(exports)
    .filter((path) => !path.endsWith('.json'))
    .map((path) => `mcp-switchboard${path.slice(1)}`)
  const program = `
    const told = {}
    for (const entry of ${JSON.stringify(entries)})
      told[entry] = await import(entry).then(() => 'loads', (error) => error.code + ': ' + error.message)
    console.log(JSON.stringify(told))`
  const { output } = await outcomeOf(['--input-type=module', '-e', program])
  const expected = entries.map((entry) => [entry, isNeedy(entry) ? refusal(entry) : 'loads'])
  expect(JSON.parse(output)).toEqual(Object.fromEntries(expected))
})

test.each(['rehearse', 'page', 'worker', 'registry'] as const)(
  'without a peer, `switchboard %s` says in one line what to install',
  async (command) => {
    const who = {
      rehearse: 'switchboard rehearse with the two examples',
      page: 'switchboard page with the two examples',
      worker: 'switchboard worker',
      registry: 'mcp-switchboard/registry',
    } as const
    expect(await outcomeOf([join(installed, 'dist/cli/main.js'), command])).toEqual(told(who[command]))
  },
)

test('servers of one’s own are rehearsed without the packages of the examples', async () => {
  const file = join(folder, 'own.json')
  const rehearse = [join(installed, 'dist/cli/main.js'), 'rehearse', '--type', 'hello', '--config', file]
  await writeFile(file, JSON.stringify({ mcpServers: { notes: { command: 'notes' } } }))
  expect(await outcomeOf(rehearse)).toEqual(told('switchboard rehearse'))
  await writeFile(file, JSON.stringify({ mcpServers: { mail: { command: 'mail', args: [`\${SMTP_URL}`] } } }))
  expect(await outcomeOf(rehearse)).toEqual(told('switchboard rehearse with an outbox'))
})

test('the page asks for its own packages, whichever of them somebody has, and not for those of a call', async () => {
  const file = join(folder, 'own.json')
  await writeFile(file, JSON.stringify({ mcpServers: { notes: { command: 'notes' } } }))
  const page = [join(installed, 'dist/cli/main.js'), 'page', '--config', file]
  expect(await outcomeOf(page)).toEqual(told('switchboard page'))
  const ws = join(folder, 'node_modules/ws')
  await mkdir(ws)
  try {
    await writeFile(join(ws, 'package.json'), '{}')
    const { code, output } = await outcomeOf(page)
    expect([code, output]).toEqual([2, expect.stringContaining(': npm install lit-html@3 elkjs@0.12.1\n')])
  } finally {
    await rm(ws, { recursive: true })
  }
})

test('the example servers with a sign-in say that they are for a clone', async () => {
  expect(await outcomeOf([join(installed, 'dist/cli/main.js'), 'own-servers'])).toEqual({
    code: 2,
    output:
      'switchboard: own-servers works only in a clone of the repository: npm ci && npm run own-servers there; with servers of your own: switchboard page --registry\n',
  })
})

function told(who: Needy) {
  return { code: 2, output: `switchboard: ${refusal(who).slice('package_missing: '.length)}\n` }
}

/** The dependencies bring some, in whatever version. */
function refusal(who: Needy): string {
  const brought = ['express@', 'express-rate-limit@', 'jose@']
  const names = requirements(who).filter((one) => !brought.some((name) => one.startsWith(name)))
  return `package_missing: ${who} needs packages that are not installed: npm install ${names.join(' ')}`
}

test('types fit TypeScript 5 and 7 with every declaration checked', async () => {
  const uses = `
    import { createSwitchboard, type Outcome } from 'mcp-switchboard'
    import { serveProxyStdio } from 'mcp-switchboard/proxy'
    import { createRegistryClient } from 'mcp-switchboard/registry/client'
    const outcome: Outcome = await createSwitchboard({ mcpServers: {} }).call('x', {})
    console.log(outcome.ok, serveProxyStdio, createRegistryClient)`
  await writeFile(join(folder, 'uses.ts'), uses)
  const flags =
    '--noEmit --strict --skipLibCheck false --module nodenext --target es2022 --types node uses.ts'
  const compilers = [join(folder, 'node_modules/typescript'), `${root}node_modules/typescript`]
  const outcomes = await Promise.all(
    compilers.map((typescript) => outcomeOf([join(typescript, 'bin/tsc'), ...flags.split(' ')])),
  )
  const fits = { code: 0, output: '' }
  expect(outcomes).toEqual([fits, fits])
})
