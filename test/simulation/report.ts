import type { Invariant } from './invariants.ts'
import type { Plan } from './plan.ts'
import { shrink } from './shrink.ts'
import { simulate } from './simulate.ts'
import { lineOf } from './trace.ts'

const maxTraceLines = 200

/** What a person needs to see of a failure: the deeds that are enough for it, and what happened in them. */
export async function failureReport(plan: Plan, invariant: Invariant): Promise<string> {
  const { plan: small, result } = await shrink(plan, invariant)
  const trace: string[] = []
  await simulate(small, {
    stopAtOnce: true,
    trace: (atMs, told) => {
      const line = lineOf(told)
      if (line !== undefined) trace.push(`${String(atMs).padStart(9)} ${line}`)
    },
  })
  const [violation] = result.violations
  return [
    `seed ${plan.seed}, ${plan.mode}: "${invariant}" is violated: ${violation?.words}`,
    `${small.deeds.length} of ${plan.deeds.length} deeds are enough:`,
    JSON.stringify(small),
    'What happened (milliseconds since the beginning):',
    ...(trace.length > maxTraceLines ? [`… ${trace.length - maxTraceLines} lines`] : []),
    ...trace.slice(-maxTraceLines),
    `Again: npm run simulate -- --mode ${plan.mode} --seed ${plan.seed}`,
    'To keep it as a test: the plan above, as a file in test/simulation/found/',
  ].join('\n')
}
