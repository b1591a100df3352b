import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { dismissReaper, type ProcessGroup, startReaper, tellReaper } from './reaper.ts'
import type { Start, StartOptions } from './windows/start.ts'
import { signalOnWindows } from './windows/task-kill.ts'

/**
 * Each server's environment has a value of its own under this name, which whatever it starts inherits. It is how a
 * grandchild is found again that made its own session and so left the group (`setsid`, a daemon, a browser). It is no
 * secret and says nothing about us. Who clears its environment or changes its user as well is not found.
 */
const markVariable = 'MCP_SWITCHBOARD_MARK'

const pollMs = 20
/** More at once would only queue for Node's four threads, with a file open for each. */
const readsAtOnce = 32
/** After each the look at `/proc` is taken again, for those who were forked meanwhile. */
const sweepSignals = ['SIGTERM', 'SIGKILL', 'SIGKILL', 'SIGKILL'] as const

const living = new Set<ProcessGroup>()
let hooked = false

/** Ends every group that is left when this process ends in an orderly way; the reaper ends who left a group. */
function endAllAtExit(): void {
  for (const group of living) signalGroup(group, 'SIGKILL')
}

/**
 * Starts a process with pipes as the leader of its own group, marked, and has it ended when this process ends.
 * `group` is missing where it could not be started; the child's `error` says why.
 */
export function spawnGroup(
  { command, args, windowsVerbatimArguments = false }: Start,
  { env, cwd }: StartOptions,
): { child: ChildProcess; group?: ProcessGroup } {
  const mark = randomUUID()
  // Before it, so that there is no moment at which nobody would end it.
  startReaper(living)
  try {
    const child = spawn(command, args, {
      env: { ...env, [markVariable]: mark },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      windowsHide: true,
      windowsVerbatimArguments,
      ...(cwd === undefined ? {} : { cwd }),
    })
    if (child.pid === undefined) return { child }
    const group = { leader: child.pid, mark }
    trackGroup(group)
    // Its number may come to mean somebody else, and what it left behind cannot be found by it there.
    if (process.platform === 'win32') child.once('exit', () => living.delete(group))
    return { child, group }
  } finally {
    if (living.size === 0) dismissReaper()
  }
}

function trackGroup(group: ProcessGroup): void {
  if (!hooked) {
    hooked = true
    process.once('exit', endAllAtExit)
  }
  living.add(group)
  tellReaper('started', group)
}

/** Whether anybody was left to hear it. */
export function signalGroup(group: ProcessGroup, signal: NodeJS.Signals | 0): boolean {
  const { leader } = group
  if (process.platform === 'win32') return living.has(group) && signalOnWindows(leader, signal)
  try {
    return process.kill(-leader, signal)
  } catch {
    return false
  }
}

/**
 * SIGTERM to whoever is left in the group, SIGKILL after `graceMs`; then, on Linux, the same to those who left the group.
 * Resolves when nobody is left. Who outlives SIGKILL (stuck in the kernel, another user's) is given up after `graceMs`, for
 * nobody else could end it either; until then the reaper and the `exit` hook know of the group.
 */
export async function endGroup(group: ProcessGroup, graceMs: number): Promise<void> {
  const isGone = () => !signalGroup(group, 0)
  signalGroup(group, 'SIGTERM')
  if (!(await isTrueWithin(graceMs, isGone))) {
    signalGroup(group, 'SIGKILL')
    await isTrueWithin(graceMs, isGone)
  }
  // Afterwards: the group can start nobody any more, and nobody hears SIGTERM twice.
  await endMarked(group.mark, graceMs)
  living.delete(group)
  tellReaper('ended', group)
  if (living.size === 0) dismissReaper()
}

async function endMarked(mark: string, graceMs: number): Promise<void> {
  if (process.platform !== 'linux') return
  for (const signal of sweepSignals) {
    const strays = (await lookForMarks()).get(mark)
    if (!strays) return
    for (const pid of strays) signalQuietly(pid, signal)
    // By the mark and not by the number: that stays with a zombie, or comes to mean somebody else.
    await isTrueWithin(graceMs, async () => {
      const marks = await Promise.all(strays.map(markOf))
      return !marks.includes(mark)
    })
  }
}

type PidsByMark = Map<string, number[]>

let look: Promise<PidsByMark> = Promise.resolve(new Map())
let nextLook: Promise<PidsByMark> | undefined

/** One look at a time. All who ask during one share the next: a hundred servers that are stopped together cost two. */
function lookForMarks(): Promise<PidsByMark> {
  nextLook ??= look.then(() => {
    nextLook = undefined
    look = readMarks()
    return look
  })
  return nextLook
}

/** Where `/proc` cannot be read, nobody is found. */
async function readMarks(): Promise<PidsByMark> {
  const names = await readdir('/proc').catch((): string[] => [])
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number)
  const found: PidsByMark = new Map()
  for (let start = 0; start < pids.length; start += readsAtOnce) {
    const some = pids.slice(start, start + readsAtOnce)
    const marks = await Promise.all(some.map(markOf))
    for (const [index, pid] of some.entries()) {
      const mark = marks[index]
      if (mark !== undefined && pid !== process.pid) found.set(mark, [...(found.get(mark) ?? []), pid])
    }
  }
  return found
}

/** Of a process that is gone, dead, or not ours to read: nothing. */
async function markOf(pid: number): Promise<string | undefined> {
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')
  const prefix = `${markVariable}=`
  const entry = environment.split('\0').find((one) => one.startsWith(prefix))
  return entry?.slice(prefix.length)
}

function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It was gone already.
  }
}

async function isTrueWithin(limitMs: number, isTrue: () => boolean | Promise<boolean>): Promise<boolean> {
  const endsAt = performance.now() + limitMs
  while (!(await isTrue())) {
    if (performance.now() >= endsAt) return false
    await pause(pollMs)
  }
  return true
}
