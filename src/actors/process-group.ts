import { spawn } from 'node:child_process'

const pollMs = 20
const living = new Set<number>()
let hooked = false

/** Ends every group that is left when this process ends in an orderly way. */
function endAllAtExit(): void {
  for (const leader of living) signalGroup(leader, 'SIGKILL')
}

/** Remembers a process that was started as the leader of its own group. */
export function trackGroup(leader: number): void {
  if (!hooked) {
    hooked = true
    process.once('exit', endAllAtExit)
  }
  living.add(leader)
}

/** Whether anybody was left to hear it. */
export function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    if (process.platform === 'win32') {
      if (signal === 0) return process.kill(leader, 0)
      spawn('taskkill', ['/T', '/F', '/PID', String(leader)], { stdio: 'ignore' })
      return true
    }
    return process.kill(-leader, signal)
  } catch {
    return false
  }
}

/** SIGTERM to whoever is left in the group, SIGKILL after `graceMs`; resolves when nobody is left. */
export async function endGroup(leader: number, graceMs: number): Promise<void> {
  signalGroup(leader, 'SIGTERM')
  if (!(await isGoneWithin(leader, graceMs))) {
    signalGroup(leader, 'SIGKILL')
    await isGoneWithin(leader, graceMs)
  }
  living.delete(leader)
}

async function isGoneWithin(leader: number, limitMs: number): Promise<boolean> {
  const endsAt = performance.now() + limitMs
  while (signalGroup(leader, 0)) {
    if (performance.now() >= endsAt) return false
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
  return true
}
