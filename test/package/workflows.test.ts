import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = `${root}.github/workflows/`
const permissionsSchema = z.record(z.string(), z.enum(['read', 'write']))
const stepSchema = z.object({
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
})
const workflowSchema = z.object({
  permissions: permissionsSchema,
  jobs: z.record(
    z.string(),
    z.object({
      'runs-on': z.string(),
      'timeout-minutes': z.number(),
      permissions: permissionsSchema.optional(),
      strategy: z.object({ matrix: z.record(z.string(), z.array(z.string())) }).optional(),
      steps: z.array(stepSchema),
    }),
  ),
})
const manifestSchema = z.object({
  engines: z.object({ node: z.string() }),
  scripts: z.record(z.string(), z.string()),
})
const manifest = manifestSchema.parse(JSON.parse(readFileSync(`${root}package.json`, 'utf8')))

const workflows = new Map(
  readdirSync(folder).map((file) => [file, workflowSchema.parse(parse(readFileSync(folder + file, 'utf8')))]),
)
const jobs = [...workflows.values()].flatMap((workflow) => Object.values(workflow.jobs))
const steps = jobs.flatMap((job) => job.steps)

/** Each command that a step runs, or has an action run. */
const commands = steps.flatMap((step) => {
  const given = ['version', 'publish']
    .map((name) => step.with?.[name])
    .filter((one) => typeof one === 'string')
  return [step.run, ...given].flatMap((text) => text?.split(/\n|&&/) ?? []).map((one) => one.trim())
})

test('each command of a workflow is one that there is', () => {
  const unknown = commands.filter((command) => {
    const [program = '', first = '', second = ''] = command.split(' ')
    if (program === 'npx') return !existsSync(`${root}node_modules/.bin/${first}`)
    if (program !== 'npm') return true
    if (first === 'run') return manifest.scripts[second] === undefined
    return !['ci', 'test', 'pkg'].includes(first)
  })
  expect(unknown).toEqual([])
  expect(commands).toContain('npm run check')
  expect(commands).toContain('npm test')
})

test('what a script names is there', () => {
  const named = Object.values(manifest.scripts).flatMap((script) =>
    script.split(' ').filter((word) => /^(test|src|bench|scripts|examples)\//.test(word)),
  )
  expect(named.length).toBeGreaterThan(8)
  expect(named.filter((path) => !existsSync(root + path))).toEqual([])
})

test('the tests run on what package.json promises, and on the newer ones', () => {
  const matrix = workflows.get('ci.yml')?.jobs.test?.strategy?.matrix
  expect(matrix).toEqual({
    os: ['ubuntu-latest', 'macos-latest', 'windows-latest'],
    node: [manifest.engines.node.replace('>=', ''), '22', '24'],
  })
})

test('actions are pinned, jobs end, and only a release may write', () => {
  const actions = new Set(steps.flatMap(({ uses }) => uses ?? []))
  expect([...actions].filter((action) => !/@[0-9a-f]{40}$/.test(action))).toEqual([])
  const writing = [...workflows].flatMap(([file, { permissions, jobs }]) =>
    Object.entries({ '(all)': { permissions }, ...jobs }).flatMap(([job, { permissions = {} }]) =>
      Object.entries(permissions).flatMap(([name, may]) =>
        may === 'write' ? [`${file} ${job} ${name}`] : [],
      ),
    ),
  )
  expect(writing).toEqual([
    'release.yml release contents',
    'release.yml release pull-requests',
    'release.yml release id-token',
  ])
})
