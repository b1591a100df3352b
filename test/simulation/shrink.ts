import type { Invariant } from './invariants.ts'
import type { Deed, Plan } from './plan.ts'
import { type SimulationOptions, type SimulationResult, simulate } from './simulate.ts'

const maxRuns = 400

/**
 * A plan with as few deeds as possible that still violates the same invariant: delta debugging (Zeller and Hildebrandt,
 * "Simplifying and Isolating Failure-Inducing Input", 2002), without its complements' increase.
 */
export async function shrink(
  plan: Plan,
  invariant: Invariant,
  options: Pick<SimulationOptions, 'machines'> = {},
): Promise<{ plan: Plan; result: SimulationResult }> {
  const run = (deeds: readonly Deed[]) => simulate({ ...plan, deeds }, { ...options, stopAtOnce: true })
  const fails = ({ violations }: SimulationResult) => violations[0]?.invariant === invariant
  let { deeds } = plan
  let result = await run(deeds)
  if (!fails(result)) throw new Error(`the plan of seed ${plan.seed} does not violate "${invariant}"`)
  let runs = 1
  for (let size = Math.ceil(deeds.length / 2); size >= 1 && runs < maxRuns; ) {
    let isSmaller = false
    for (let from = 0; from < deeds.length && runs < maxRuns; ) {
      const fewer = [...deeds.slice(0, from), ...deeds.slice(from + size)]
      const tried = await run(fewer)
      runs += 1
      if (fails(tried)) {
        deeds = fewer
        result = tried
        isSmaller = true
      } else from += size
    }
    if (size > 1) size = Math.ceil(size / 2)
    else if (!isSmaller) break
  }
  const soon = await run(moved(deeds))
  return fails(soon)
    ? { plan: { ...plan, deeds: moved(deeds) }, result: soon }
    : { plan: { ...plan, deeds }, result }
}

/** The same, soon after the start. */
function moved(deeds: readonly Deed[]): Deed[] {
  const leadMs = 2_000
  const firstAt = deeds[0]?.at ?? 0
  return deeds.map((deed) => ({ ...deed, at: deed.at - Math.max(0, firstAt - leadMs) }))
}
