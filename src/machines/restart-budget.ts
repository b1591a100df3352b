/** Restart intensity as in Erlang/OTP's `supervisor`: so many restarts within a period. For bugs, not for lost servers. Pure. */
export interface RestartBudget {
  maxRestarts: number
  withinMs: number
}

export const restartBudget: RestartBudget = { maxRestarts: 5, withinMs: 60_000 }

/** The restarts that still count at `now`, that one included; and whether it is allowed. */
export function spendRestart(
  earlier: readonly number[],
  now: number,
  budget: RestartBudget = restartBudget,
): { restarts: number[]; allowed: boolean } {
  const restarts = [...earlier.filter((at) => now - at < budget.withinMs), now]
  return { restarts, allowed: restarts.length <= budget.maxRestarts }
}
