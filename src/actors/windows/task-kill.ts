import { spawn } from 'node:child_process'
import { win32 } from 'node:path'

/** Others, as SIGSTOP, have no counterpart on Windows. */
const endings = new Set(['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGKILL'])

/**
 * The command that ends a process and all that descend from it; nothing for a signal that ends nobody. It is always by force: who has
 * no window cannot be asked. With its whole path, for Windows looks into the current folder first.
 */
export function taskKill(
  pid: number,
  signal: NodeJS.Signals,
  systemRoot = process.env.SYSTEMROOT ?? 'C:\\Windows',
): { command: string; args: string[] } | undefined {
  if (!endings.has(signal)) return undefined
  const command = win32.join(systemRoot, 'System32', 'taskkill.exe')
  return { command, args: ['/T', '/F', '/PID', String(pid)] }
}

/** Of a process that has not exited, as far as we have heard. Whether the signal means something here. */
export function signalOnWindows(pid: number, signal: NodeJS.Signals | 0): boolean {
  if (signal === 0) return true
  const kill = taskKill(pid, signal)
  if (!kill) return false
  // A process that ended meanwhile is what was wanted.
  spawn(kill.command, kill.args, { stdio: 'ignore', windowsHide: true }).on('error', () => {})
  return true
}
