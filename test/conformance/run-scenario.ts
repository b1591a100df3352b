import { resolve } from 'node:path'
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
  tries: number
}

/** Beside this file, once compiled. */
const client = resolve(import.meta.dirname, 'client/main.js')

/** One suite process and one client for it alone. */
export async function runScenario(suite: Suite, scenario: string): Promise<ScenarioResult> {
  const startedAt = performance.now()
  const command = `"${process.execPath}" "${client}"`
  const args = ['client', '--command', command, '--scenario', scenario, ...suite.run, '--verbose']
  const { code, stdout, stderr } = await runSuite(suite.package, args)
  const parsed = checksSchema.safeParse(parsedJson(stdout))
  const checks = parsed.success ? parsed.data : []
  const problems = checks
    .filter(({ status }) => status === 'FAILURE' || status === 'WARNING')
    .map(({ id, status, description, errorMessage }) =>
      `${status} ${id}: ${errorMessage ?? description ?? ''}`.replace(/\s+/g, ' '),
    )
  if (!parsed.success) problems.push(`the suite gave no checks: ${(stderr || stdout).trim().slice(-500)}`)
  // The client has ended with an error where the scenario does not expect one, or has not ended at all.
  if (code !== 0 && problems.length === 0) problems.push(`the suite ended with exit code ${code}`)
  const [, clientError] = /Client exited with code \d+([\s\S]*?)(?:\nTest Results:|$)/.exec(stderr) ?? []
  return {
    scenario,
    passed: checks.filter(({ status }) => status === 'SUCCESS').length,
    problems,
    clientError: clientError?.trim().slice(0, 2_000),
    durationMs: Math.round(performance.now() - startedAt),
    tries: 1,
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
