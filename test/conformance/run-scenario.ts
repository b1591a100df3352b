import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { z } from 'zod'
import { runSuite } from './suite-process.ts'
import type { Suite } from './suites.ts'

const checkSchema = z.object({
  id: z.string(),
  name: z.string().optional(),
  description: z.string().optional(),
  status: z.string(),
  errorMessage: z.string().optional(),
})
const checksSchema = z.array(checkSchema)

export interface ScenarioResult {
  scenario: string
  passed: number
  /** What failed or was warned of, one line each. */
  problems: string[]
  /** What the client wrote where it ended with an error. */
  clientError: string | undefined
  durationMs: number
}

/** Beside this file, once compiled. */
const client = resolve(import.meta.dirname, 'client/main.js')

/** One suite process for it alone, and one client, or the server at `serverUrl`. */
export async function runScenario(
  suite: Suite,
  scenario: string,
  serverUrl: string | undefined,
): Promise<ScenarioResult> {
  const startedAt = performance.now()
  const subject =
    suite.role === 'client'
      ? ['client', '--command', `"${process.execPath}" "${client}"`]
      : ['server', '--url', serverUrl ?? '']
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-conformance-'))
  const args = [...subject, '--scenario', scenario, ...suite.run, '--output-dir', folder]
  const { code, stderr } = await runSuite(suite.package, args)
  const checks = checksIn(folder)
  rmSync(folder, { recursive: true, force: true })
  const problems = (checks ?? [])
    .filter(({ status }) => status === 'FAILURE' || status === 'WARNING')
    .map(({ id, status, description, errorMessage }) =>
      `${status} ${id}: ${errorMessage ?? description ?? ''}`.replace(/\s+/g, ' '),
    )
  if (!checks) problems.push(`the suite gave no checks: ${stderr.trim().slice(-500)}`)
  // The client has ended with an error where the scenario does not expect one, or has not ended at all.
  if (code !== 0 && problems.length === 0) problems.push(`the suite ended with exit code ${code}`)
  const [, clientError] = /Client exited with code \d+([\s\S]*?)(?:\nTest Results:|$)/.exec(stderr) ?? []
  return {
    scenario,
    passed: checks?.filter(({ status }) => status === 'SUCCESS').length ?? 0,
    problems,
    clientError: clientError?.trim().slice(0, 2_000),
    durationMs: Math.round(performance.now() - startedAt),
  }
}

/** The suite makes a folder for the scenario there. */
function checksIn(folder: string): z.infer<typeof checksSchema> | undefined {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const file = files.find((name) => basename(name) === 'checks.json')
  return file === undefined
    ? undefined
    : checksSchema.parse(JSON.parse(readFileSync(join(folder, file), 'utf8')))
}
