import { readTape } from '../../recording/read-tape.ts'
import { replay } from '../../recording/replay.ts'
import type { ExitCode } from '../failure.ts'
import { jsonLines, textLines } from './printer.ts'

export interface ReplayOptions {
  file: string
  all: boolean
  json: boolean
}

/** Replays a recording and prints what happened, then whether it is what was recorded. */
export function showReplay({ file, all, json }: ReplayOptions): ExitCode {
  const replayed = replay(readTape(file))
  const lines = json ? jsonLines(replayed) : textLines(replayed, all)
  process.stdout.write(lines.map((line) => `${line}\n`).join(''))
  return replayed.differences.length === 0 ? 0 : 1
}
