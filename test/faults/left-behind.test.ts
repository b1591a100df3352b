import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { dismissReaper, startReaper, tellReaper } from '../../src/actors/reaper.ts'
import type { JsonObject } from '../../src/index.ts'
import { open, openReady } from '../support/opened.ts'
import { isAlive, killQuietly } from '../support/processes.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'

const program = fileURLToPath(new URL('host.mjs', import.meta.url))
/** After a SIGKILL of the host: SIGTERM, one second, SIGKILL, and time for a slow machine. */
const limitMs = 3_000

interface Stat {
  parent: number
  group: number
  session: number
}

function statOf(pid: number): Stat | undefined {
  try {
    const [, rest = ''] = /.*\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
    const [, parent, group, session] = rest.split(' ').map(Number)
    return parent === undefined || group === undefined || session === undefined
      ? undefined
      : { parent, group, session }
  } catch {
    return undefined
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

/** The living reapers of a host process. */
function reapersOf(host: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => commandOf(pid).includes('mcp-switchboard-reaper') && statOf(pid)?.parent === host)
}

function onlyReaperOf(host: number): number {
  const [reaper, ...others] = reapersOf(host)
  if (reaper === undefined || others.length > 0) throw new Error('there is not one reaper')
  return reaper
}

/** A host process with its reaper, in a process group of its own as a shell would start it. */
class Host {
  #readies = 0

  private constructor(
    readonly child: ChildProcess,
    readonly exited: Promise<string>,
  ) {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#readies += text.split('ready').length - 1
    })
  }

  static async start(mcpServers: JsonObject): Promise<Host> {
    const child = spawn(process.execPath, [program, JSON.stringify(mcpServers)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    })
    const exited = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
    })
    onTestFinished(async () => {
      child.kill('SIGKILL')
      await exited
    })
    const host = new Host(child, exited)
    await host.untilReady(1)
    return host
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  get reaper(): number {
    return onlyReaperOf(this.pid)
  }

  async untilReady(times: number): Promise<void> {
    await until(() => this.#readies >= times, 'the host is ready')
  }

  say(line: string): void {
    this.child.stdin?.write(`${line}\n`)
  }
}

const stubborn = ['--ignore-end', '--child', '--runaway']

function untilGone(pids: number[], withinMs?: number): Promise<true> {
  return until(() => !pids.some(isAlive), `processes ${pids.join(', ')} are gone`, withinMs)
}

/** The child in a session of its own. */
function runawayOf(server: TestServer, leader: number): number {
  const children = server.journal.flatMap(({ pid, child }) => (pid === leader ? (child ?? []) : []))
  const pid = children.find((child) => statOf(child)?.session === child)
  if (pid === undefined) throw new Error('nobody ran away')
  return pid
}

describe.runIf(process.platform === 'linux')('nothing is left behind', () => {
  test('by a host that is killed with SIGKILL', async () => {
    const servers = [new TestServer(), new TestServer(...stubborn), new TestServer('--runaway')]
    const host = await Host.start(Object.fromEntries(servers.map((server, index) => [index, server.stdio()])))
    const pids = [host.reaper, ...servers.flatMap((server) => server.pids)]
    expect(pids.map(isAlive)).toEqual(Array(7).fill(true))

    process.kill(host.pid, 'SIGKILL')

    await untilGone(pids, limitMs)
    expect(servers[1]?.journal.filter(({ event }) => event === 'SIGTERM')).toHaveLength(1)
  })

  test('by a host that Ctrl+C ends', async () => {
    const server = new TestServer(...stubborn)
    const host = await Host.start({ stubborn: server.stdio() })
    const { reaper } = host
    expect(statOf(reaper)).toMatchObject({ group: reaper, session: reaper })

    process.kill(-host.pid, 'SIGINT')

    expect(await host.exited).toBe('SIGINT')
    await untilGone([reaper, ...server.pids], limitMs)
  })

  test('by a host that exits without stop()', async () => {
    const server = new TestServer(...stubborn)
    const host = await Host.start({ stubborn: server.stdio() })
    const { reaper } = host

    host.say('exit')

    expect(await host.exited).toBe('exit code 0')
    await untilGone([reaper, ...server.pids], limitMs)
  })

  test('by stop(), and the reaper keeps no process alive', async () => {
    const server = new TestServer(...stubborn)
    const host = await Host.start({ stubborn: server.stdio() })
    const { reaper } = host

    host.child.stdin?.end()

    expect(await host.exited).toBe('exit code 0')
    expect(server.pids.map(isAlive)).toEqual([false, false, false])
    await untilGone([reaper])
  })

  test('by stop() in a process that lives on, the reaper neither', async () => {
    const server = new TestServer(...stubborn)
    const opened = await openReady({ stubborn: server.stdio() })
    const reaper = onlyReaperOf(process.pid)

    await opened.switchboard.stop()

    expect(server.pids.map(isAlive)).toEqual([false, false, false])
    await untilGone([reaper])
  })

  test('where the command of the only server does not exist', async () => {
    const opened = open({ absent: { command: '/does/not/exist' } })
    await opened.untilState('absent', 'failed')
    await untilGone(reapersOf(process.pid))
  })

  test('by a server that dies or is restarted, and its sibling loses nobody', async () => {
    const server = new TestServer('--runaway')
    const sibling = new TestServer('--child', '--runaway')
    const opened = await openReady({ one: server.stdio(), two: sibling.stdio() })
    const first = opened.pid('one')
    const firstRunaway = runawayOf(server, first)

    process.kill(first, 'SIGKILL')
    await opened.untilState('one', 'ready', 2)
    await untilGone([first, firstRunaway])
    const second = opened.pid('one')
    const secondRunaway = runawayOf(server, second)
    opened.switchboard.restart('one')
    await opened.untilState('one', 'ready', 3)
    await untilGone([second, secondRunaway])

    const successor = opened.pid('one')
    const pids = [successor, runawayOf(server, successor), ...sibling.pids]
    expect(pids.map(isAlive)).toEqual(Array(5).fill(true))
  })

  test('by a host whose reaper was killed before: the next server brings another, which knows all', async () => {
    const early = new TestServer(...stubborn)
    const host = await Host.start({ early: early.stdio() })
    const first = host.reaper
    killQuietly(first, 'SIGKILL')
    await until(() => statOf(first) === undefined, 'the host has heard of it')

    const late = new TestServer(...stubborn)
    host.say(JSON.stringify({ late: late.stdio() }))
    await host.untilReady(2)
    const { reaper } = host
    process.kill(host.pid, 'SIGKILL')

    expect(await host.exited).toBe('SIGKILL')
    await untilGone([reaper, ...early.pids, ...late.pids], limitMs)
  })

  test('and a host whose reaper is gone for good stops as ever', async () => {
    const server = new TestServer(...stubborn)
    const host = await Host.start({ stubborn: server.stdio() })
    killQuietly(host.reaper, 'SIGKILL')

    host.child.stdin?.end()

    expect(await host.exited).toBe('exit code 0')
    expect(server.pids.map(isAlive)).toEqual([false, false, false])
  })
})

describe.runIf(process.platform === 'linux')('the reaper', () => {
  /** A process group without a mark in its environment. */
  function startSleeper() {
    const child = spawn('sleep', ['60'], { stdio: 'ignore', detached: true })
    onTestFinished(() => void child.kill('SIGKILL'))
    return { leader: child.pid ?? 0, mark: `mark-of-${child.pid}` }
  }

  test('ends at the end of its input who was not said to have ended, and nobody else', async () => {
    const [living, ended, unknown] = [startSleeper(), startSleeper(), startSleeper()]
    startReaper([living])
    const reaper = onlyReaperOf(process.pid)
    tellReaper('started', ended)
    tellReaper('ended', ended)
    dismissReaper()

    await untilGone([living.leader, reaper], limitMs)
    expect([ended.leader, unknown.leader].map(isAlive)).toEqual([true, true])
  })

  test('may die unnoticed: what it is told is lost, and the next one knows it', async () => {
    const sleeper = startSleeper()
    startReaper([])
    const first = onlyReaperOf(process.pid)
    killQuietly(first, 'SIGKILL')
    // Without a turn of the event loop, so that nobody has heard of it.
    while (isAlive(first));
    tellReaper('started', sleeper)
    await until(() => {
      startReaper([sleeper])
      return reapersOf(process.pid).length === 1
    }, 'another reaper runs')
    dismissReaper()

    await untilGone([sleeper.leader], limitMs)
  })
})
