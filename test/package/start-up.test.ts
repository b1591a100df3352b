import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { rolldown } from 'rolldown'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { TestServer } from '../support/test-server.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const timeSchema = z.object({ processorMs: z.number() })
const timesSchema = z.object({ floor: z.array(timeSchema), root: z.array(timeSchema) })

/** What is loaded with a file that was built, in its order. */
async function importsOf(file: string): Promise<string[]> {
  const code = await readFile(`${root}dist/${file}`, 'utf8')
  return [...code.matchAll(/^(?:import|export) [^'"\n]*from ['"]([^'"]+)['"]/gm)].flatMap(
    ([, name]) => name ?? [],
  )
}

test('the root entry is one file, and reaches these modules', async () => {
  expect(await importsOf('index.js')).toEqual(['./core.js'])
  const reached = new Set(await importsOf('core.js'))
  expect([...reached].sort()).toEqual([
    '@cfworker/json-schema',
    'node:async_hooks',
    'node:child_process',
    'node:crypto',
    'node:events',
    'node:fs',
    'node:fs/promises',
    'node:net',
    'node:os',
    'node:path',
    'node:timers/promises',
    'node:util',
    'node:vm',
    'xstate',
  ])
})

test('each module exists once, whichever entry loads it', async () => {
  const program = `
    const { SwitchboardError } = await import('./dist/index.js')
    const { createRegistryClient } = await import('./dist/registry/client/index.js')
    try { createRegistryClient({ url: 'http://example.com' }) } catch (error) { console.log(error instanceof SwitchboardError) }`
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: root })
  expect(stdout).toBe('true\n')
})

test('a program that bundles the root entry, and all that it loads, calls a tool', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-bundled-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const server = new TestServer('--only', 'look')
  const program = `
    import { createSwitchboard } from ${JSON.stringify(`${root}dist/index.js`)}
    const switchboard = createSwitchboard({ mcpServers: ${JSON.stringify({ bank: server.stdio() })} })
    switchboard.start()
    console.log((await switchboard.call('look', {})).ok)
    await switchboard.stop()`
  await writeFile(join(folder, 'program.mjs'), program)
  const bundle = await rolldown({ input: join(folder, 'program.mjs'), platform: 'node' })
  await bundle.write({ dir: join(folder, 'bundled') })
  await bundle.close()
  const { stdout } = await run(process.execPath, [join(folder, 'bundled/program.js')], { cwd: folder })
  expect(stdout).toBe('true\n')
})

test('the root entry loads about as quickly as xstate and zod alone', async () => {
  // Processor time, and the best of each: other processes only make it longer.
  const { stdout } = await run(process.execPath, [`${root}bench/start-up.mjs`, '7'])
  const times = timesSchema.parse(JSON.parse(stdout))
  const best = (side: 'root' | 'floor') => Math.min(...times[side].map(({ processorMs }) => processorMs))
  expect(best('root') / best('floor')).toBeLessThan(1.6)
})
