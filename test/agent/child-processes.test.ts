import { ChildProcess } from 'node:child_process'
import { channel } from 'node:diagnostics_channel'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { ChildProcesses } from '../../src/agent/worker/child-processes.ts'

/** Longer than the pauses between two looks. */
const whileMs = 200

/** A worker's view of one job process, which reports a server and dies. */
function afterDeathOf(serverPid: number) {
  vi.useFakeTimers()
  const processes = new ChildProcesses(() => {})
  onTestFinished(() => {
    processes.close()
    vi.useRealTimers()
    vi.restoreAllMocks()
  })
  const job = new ChildProcess()
  channel('child_process').publish({ process: job })
  const servers = [{ name: 'bank', state: 'ready', functions: 1, pid: serverPid }]
  job.emit('message', { case: 'switchboard.report', value: { servers } })
  job.emit('exit', 0, null)
  return {
    isGone: async () => {
      let isGone = false
      const controller = new AbortController()
      const looking = processes.gone(controller.signal).then(() => {
        isGone = !controller.signal.aborted
      })
      await vi.advanceTimersByTimeAsync(whileMs)
      controller.abort()
      await vi.advanceTimersByTimeAsync(whileMs)
      await looking
      return isGone
    },
  }
}

describe('a server of a dead job', () => {
  test('is waited for', async () => {
    expect(await afterDeathOf(process.pid).isGone()).toBe(false)
  })

  test('is not waited for when its number has come to mean another process', async () => {
    let isUsed = true
    vi.spyOn(process, 'kill').mockImplementation(() => {
      if (!isUsed) throw new Error('ESRCH')
      return true
    })
    const { isGone } = afterDeathOf(2 ** 30)
    isUsed = false
    await vi.advanceTimersByTimeAsync(whileMs)
    isUsed = true
    expect(await isGone()).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })
})
