import { readFileSync } from 'node:fs'

const ticksPerSecond = 100
const bytesPerKb = 1_000

/** What a process costs, for `docs/operate.md`: its share of memory (PSS: shared pages are shared out), and what it has computed. */
export function costOf(pid: number): string {
  return `${memoryMb([pid])} MB, ${processorSeconds(pid).toFixed(1)} s of a core`
}

/** Of these processes together. */
export function memoryMb(pids: readonly number[]): number {
  const kilobytes = pids.map((pid) => Number(/^Pss:\s+(\d+) kB$/m.exec(read(pid, 'smaps_rollup'))?.[1] ?? 0))
  return Math.round(kilobytes.reduce((sum, one) => sum + one, 0) / bytesPerKb)
}

/** Its children and theirs, those alone whose command line is like this. */
export function descendants(pid: number, like = /./): number[] {
  const children = read(pid, `task/${pid}/children`).split(' ').filter(Boolean).map(Number)
  const all = children.flatMap((child) => [child, ...descendants(child)])
  return all.filter((one) => like.test(read(one, 'cmdline')))
}

function processorSeconds(pid: number): number {
  // Behind the name, which may have anything in it (proc(5), stat: utime and stime).
  const fields = read(pid, 'stat')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** Nothing of one that has gone. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
