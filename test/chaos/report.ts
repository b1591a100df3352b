import { lies } from '../history/checker.ts'
import type { HistoryEvent } from '../history/history.ts'
import { aligned } from '../support/command.ts'
import { type Era, eras, versionOf } from '../support/transports.ts'
import type { ChaosResult } from './chaos.ts'
import type { Tally } from './tally.ts'

const storiesTold = 5

export function isClean({ violations, left, isStuck }: ChaosResult): boolean {
  return violations.length === 0 && left.length === 0 && !isStuck
}

/** Everything that the words say, for programs. */
export function summaryOf(result: ChaosResult) {
  const { violations, calls, elapsedMs, tally, byVersion, struck, left, history } = result
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
    faults: [...struck.values()].map(({ over, era, times }) => ({
      ...{ over, version: versionOf[era], strikes: Object.fromEntries(times) },
    })),
    outcomesByFault: countsOf(tally),
    outcomesByVersion: countsOf(byVersion),
    violations: violations.slice(0, storiesTold).map((violation) => ({
      ...violation,
      history: storyOf(history, violation.callId),
    })),
  }
}

function countsOf({ rows }: Tally) {
  return Object.fromEntries([...rows].map(([name, row]) => [name, Object.fromEntries(row)]))
}

export function inWords(result: ChaosResult): string {
  const summary = summaryOf(result)
  const strikes = [...result.struck.values()].flatMap(({ times }) => [...times.values()])
  const numbers = Object.entries(summary.lies).map(([lie, times]) => `${String(times).padStart(8)}  ${lie}`)
  const stories = summary.violations.map(({ lie, callId, words, history }) =>
    [`${lie}: ${callId}, ${words}`, ...history.map((event) => `  ${JSON.stringify(event)}`)].join('\n'),
  )
  return [
    tableOf(result),
    [
      `${summary.calls} calls in ${(result.elapsedMs / 1_000).toFixed(1)} s, ${summary.callsPerSecond} a second;`,
      `${strikes.reduce((sum, times) => sum + times, 0)} faults; ${result.tally.ok} calls ok, ${summary.runs} runs at the servers`,
    ].join(' '),
    [...numbers, `${String(result.left.length).padStart(8)}  processes left`].join('\n'),
    ...(result.isStuck ? ['It was stuck: nobody heard an outcome any more.'] : []),
    ...stories,
  ].join('\n\n')
}

/**
 * Rows: the fault that the server of a call last had while the call lasted; then the version of MCP of that server, where
 * a call came to one. Columns: how often it struck servers of each version; how the calls ended.
 */
export function tableOf({
  tally,
  byVersion,
  struck,
}: Pick<ChaosResult, 'tally' | 'byVersion' | 'struck'>): string {
  const { ends } = tally
  const titles = [...eras.map((era) => ['strikes', versionOf[era]]), ...ends.map((end) => end.split(/[_ ]/))]
  const height = Math.max(...titles.map((title) => title.length))
  const header = Array.from({ length: height }, (_, line) => [
    line === height - 1 ? 'fault' : '',
    ...titles.map((title) => title[title.length - height + line] ?? ''),
  ])
  const strikesOf = (fault: string, era: Era) =>
    [...struck.values()].reduce((sum, kind) => sum + (kind.era === era ? (kind.times.get(fault) ?? 0) : 0), 0)
  const counts = (row: ReadonlyMap<string, number>) => ends.map((end) => String(row.get(end) ?? '·'))
  const body = [...tally.rows]
    .sort(([a], [b]) => Number(b === 'none') - Number(a === 'none') || a.localeCompare(b))
    .map(([fault, row]) => [fault, ...eras.map((era) => String(strikesOf(fault, era) || '')), ...counts(row)])
  const versions = [...byVersion.rows]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([version, row]) => [`all of ${version}`, ...eras.map(() => ''), ...counts(row)])
  return aligned([...header, ...body, ...versions])
}

function storyOf(history: readonly HistoryEvent[], callId: string): HistoryEvent[] {
  const story = history.filter((event) => event.type !== 'fault' && event.callId === callId)
  return story.sort((a, b) => a.at - b.at)
}
