import { expect, test } from 'vitest'
import { readSources, type Source } from './sources.ts'

const sources = readSources()
const byPath = new Map(sources.map((source) => [source.path, source]))

/** From below to above; nothing imports from a layer above its own. */
const layers: { name: string; holds: (path: string) => boolean }[] = [
  { name: 'words', holds: (path) => /^(contract|text|config)\/|^(egress\/policy|packages)\.ts$/.test(path) },
  { name: 'http', holds: (path) => path.startsWith('http/') },
  { name: 'egress', holds: (path) => path.startsWith('egress/') },
  { name: 'machines', holds: (path) => path.startsWith('machines/') },
  { name: 'actors', holds: (path) => path.startsWith('actors/') },
  { name: 'switchboard', holds: (path) => path.startsWith('switchboard/') },
  { name: 'inspection', holds: (path) => path.startsWith('inspection/') },
  { name: 'recording', holds: (path) => path.startsWith('recording/') },
  { name: 'root', holds: (path) => !path.includes('/') },
  { name: 'telemetry', holds: (path) => path.startsWith('telemetry/') },
  { name: 'registry', holds: (path) => path.startsWith('registry/') },
  { name: 'agent', holds: (path) => path.startsWith('agent/') },
  { name: 'rehearsal', holds: (path) => path.startsWith('rehearsal/') },
  { name: 'testing', holds: (path) => path.startsWith('testing/') },
  { name: 'inspector', holds: (path) => path.startsWith('inspector/') },
  { name: 'proxy', holds: (path) => path.startsWith('proxy/') },
  { name: 'cli', holds: (path) => path.startsWith('cli/') },
]

function rankOf(path: string): number {
  return layers.findIndex(({ holds }) => holds(path))
}

function packagesOf({ imports }: Source): string[] {
  return imports.filter(({ isLocal, kind }) => !isLocal && kind !== 'type').map(({ target }) => target)
}

test('the sources are read, with their imports', () => {
  expect(sources.length).toBeGreaterThan(30)
  const linked = sources.flatMap(({ path, imports }) =>
    imports
      .filter(({ isLocal, target }) => isLocal && !byPath.has(target))
      .map(({ target }) => [path, target]),
  )
  // A JavaScript worker and its like would be named here. What a browser loads of packages is served under these paths.
  expect(linked.filter(([, target]) => !target?.startsWith('inspector/page/vendor/'))).toEqual([])
  expect(byPath.get('switchboard.ts')?.imports).toContainEqual({
    target: 'contract/errors.ts',
    isLocal: true,
    kind: 'static',
  })
  const loadedWhenNeeded = byPath
    .get('actors/connection/dial.ts')
    ?.imports.filter(({ kind }) => kind === 'dynamic')
  expect(loadedWhenNeeded?.map(({ target }) => target)).toEqual([
    'actors/connection/probe.ts',
    'actors/connection/modern-client.ts',
    'actors/connection/legacy-client.ts',
  ])
})

test('every file belongs to a layer, and imports flow downwards', () => {
  expect(sources.filter(({ path }) => rankOf(path) === -1).map(({ path }) => path)).toEqual([])
  const upwards = sources.flatMap(({ path, imports }) =>
    imports
      .filter(({ isLocal, target }) => isLocal && rankOf(target) > rankOf(path))
      .map(({ target }) => `${path} imports ${target}`),
  )
  expect(upwards).toEqual([])
})

test('one file alone runs code of each MCP SDK for connections, one for the proxy, and machines do not know its types either', () => {
  const running = sources.filter((source) =>
    packagesOf(source).some((name) => name.startsWith('@modelcontextprotocol/')),
  )
  expect(running.map(({ path }) => path)).toEqual([
    'actors/connection/legacy-client.ts',
    'actors/connection/modern-client.ts',
    'proxy/mcp-server.ts',
  ])
  const knowing = sources.filter(({ imports }) =>
    imports.some(({ target }) => target.startsWith('@modelcontextprotocol/')),
  )
  const others = knowing.filter(({ path }) => !/^(actors\/connection\/|proxy\/mcp-server\.ts$)/.test(path))
  expect(others.map(({ path }) => path)).toEqual([])
})

test('LiveKit is known to the agent and to the calls of the rehearsal and of the page only', () => {
  const knowing = sources.filter(({ imports }) =>
    imports.some(({ target }) => target.startsWith('@livekit/')),
  )
  const others = knowing.filter(({ path }) => !/^(agent|rehearsal\/call|inspector\/voice)\//.test(path))
  expect(others.map(({ path }) => path)).toEqual([])
})

test('OpenTelemetry is known to what measures only', () => {
  const knowing = sources.filter(({ imports }) =>
    imports.some(({ target }) => target.startsWith('@opentelemetry/')),
  )
  expect(knowing.length).toBeGreaterThan(3)
  expect(knowing.map(({ path }) => path).filter((path) => !path.startsWith('telemetry/'))).toEqual([])
})

function reachedFrom(entry: string): { paths: string[]; packages: string[] } {
  const reached = new Set<string>()
  const packages = new Set<string>()
  const visit = (path: string) => {
    const source = byPath.get(path)
    if (!source || reached.has(path)) return
    reached.add(path)
    for (const name of packagesOf(source)) packages.add(name)
    for (const { isLocal, kind, target } of source.imports) if (isLocal && kind === 'static') visit(target)
  }
  visit(entry)
  return { paths: [...reached], packages: [...packages] }
}

test('the root entry reaches no heavy package; the SDK is loaded with the first server', () => {
  const { paths, packages } = reachedFrom('index.ts')
  expect(paths).toContain('actors/connection.ts')
  const others = packages.filter((name) => !name.startsWith('node:'))
  // cross-spawn with the first process on Windows.
  expect(others.sort()).toEqual(['@cfworker/json-schema', 'cross-spawn', 'jsonc-parser', 'xstate', 'zod'])
})

test('the entry for tests reaches no optional package: fault servers work without LiveKit', () => {
  const { paths, packages } = reachedFrom('testing/index.ts')
  expect(paths).toContain('testing/fault-server/http.ts')
  expect(packages.filter((name) => !/^(node:|(zod|@cfworker\/json-schema)$)/.test(name))).toEqual([])
})

test('nothing in the sources claims a success: that is for servers to say', () => {
  const claim = /successful|(was|been) sent/i
  expect(sources.filter(({ code }) => claim.test(code)).map(({ path }) => path)).toEqual([])
})

test('files stay short', () => {
  const long = sources.filter(({ text }) => text.split('\n').length > 400)
  expect(long.map(({ path }) => path)).toEqual([])
})

test('types are not talked away', () => {
  const evasion = /\bas unknown as\b|[:<|&(,=]\s*any\b|\bas any\b|\bany\[\]/
  const talked = sources.filter(
    ({ text, words }) => evasion.test(words) || /@ts-(ignore|nocheck|expect-error)/.test(text),
  )
  expect(talked.map(({ path }) => path)).toEqual([])
})
