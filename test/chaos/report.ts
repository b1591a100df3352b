import { lies } from '../history/checker.ts'
import type { HistoryEvent } from '../history/history.ts'
import { aligned } from '../support/command.ts'
import type { ChaosResult } from './chaos.ts'
import type { Tally } from './tally.ts'
import type { Strikes } from './torment.ts'

const storiesTold = 5

export function isClean({ violations, left, isStuck }: ChaosResult): boolean {
  return violations.length === 0 && left.length === 0 && !isStuck
}

/** Everything that the words say, for programs. */
export function summaryOf(result: ChaosResult) {
  const { violations, calls, elapsedMs, tally, struck, left, history } = result
  return {
    ok: isClean(result),
    calls,
    outcomes: tally.total,
    runs: history.filter(({ type }) => type === 'run').length,
    elapsedMs: Math.round(elapsedMs),
    callsPerSecond: Math.round((calls * 1_000) / elapsedMs),
    lies: Object.fromEntries(
      lies.map((lie) => [lie, violations.filter((violation) => violation.lie === lie).length]),
    ),
    processesLeft: left,
    stuck: result.isStuck,
    faults: { stdio: Object.fromEntries(struck.stdio), http: Object.fromEntries(struck.http) },
    outcomesByFault: Object.fromEntries(
      [...tally.rows].map(([fault, row]) => [fault, Object.fromEntries(row)]),
    ),
    violations: violations.slice(0, storiesTold).map((violation) => ({
      ...violation,
      history: storyOf(history, violation.callId),
    })),
  }
}

export function inWords(result: ChaosResult): string {
  const summary = summaryOf(result)
  const strikes = [...result.struck.stdio.values(), ...result.struck.http.values()].reduce(
    (sum, times) => sum + times,
    0,
  )
  const numbers = Object.entries(summary.lies).map(([lie, times]) => `${String(times).padStart(8)}  ${lie}`)
  const stories = summary.violations.map(({ lie, callId, words, history }) =>
    [`${lie}: ${callId}, ${words}`, ...history.map((event) => `  ${JSON.stringify(event)}`)].join('\n'),
  )
  return [
    tableOf(result.tally, result.struck),
    [
      `${summary.calls} calls in ${(result.elapsedMs / 1_000).toFixed(1)} s, ${summary.callsPerSecond} a second;`,
      `${strikes} faults; ${result.tally.ok} calls ok, ${summary.runs} runs at the servers`,
    ].join(' '),
    [...numbers, `${String(result.left.length).padStart(8)}  processes left`].join('\n'),
    ...(result.isStuck ? ['It was stuck: nobody heard an outcome any more.'] : []),
    ...stories,
  ].join('\n\n')
}

/** Rows: the fault that the server of a call last had while the call lasted. Columns: how the calls ended. */
export function tableOf(tally: Tally, { stdio, http }: Strikes): string {
  const { ends } = tally
  const titles = ends.map((end) => end.split(/[_ ]/))
  const height = Math.max(...titles.map((title) => title.length), 1)
  const header = Array.from({ length: height }, (_, line) => [
    ...(line === height - 1 ? ['fault', 'strikes'] : ['', '']),
    ...titles.map((title) => title[title.length - height + line] ?? ''),
  ])
  const strikesOf = (fault: string) => (stdio.get(fault) ?? 0) + (http.get(fault) ?? 0)
  const body = [...tally.rows]
    .sort(([a], [b]) => Number(b === 'none') - Number(a === 'none') || a.localeCompare(b))
    .map(([fault, row]) => [
      fault,
      String(strikesOf(fault) || ''),
      ...ends.map((end) => String(row.get(end) ?? '·')),
    ])
  return aligned([...header, ...body])
}

function storyOf(history: readonly HistoryEvent[], callId: string): HistoryEvent[] {
  const story = history.filter((event) => event.type !== 'fault' && event.callId === callId)
  return story.sort((a, b) => a.at - b.at)
}
