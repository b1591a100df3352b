import type { ChildProcess } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { z } from 'zod'
import type { StdioTarget } from '../../config/sealed-target.ts'
import { isObject, parseJson } from '../../contract/json.ts'
import { cap, clean } from '../../text/text.ts'
import type { Disturbable, Disturbance } from '../disturbances.ts'
import { endGroup, signalGroup, spawnGroup } from '../process-group.ts'
import type { ProcessGroup } from '../reaper.ts'
import { startOnWindows } from '../windows/start.ts'
import { DelayLine } from './delay-line.ts'
import { currentExchange } from './exchange.ts'
import { serverEnvironment } from './inherited.ts'
import { LineSplitter } from './lines.ts'

const maxMessageBytes = 64 * 1024 * 1024
const maxStderrCharacters = 8 * 1024
const maxPrintedCharacters = 2_000
/** What was written before a process died is read for so long, while a grandchild holds its pipe. */
const drainMs = 50
/** A process whose output ended lives on if it has not exited by then. */
const exitAfterOutputMs = 100

/** What every SDK calls a message, as far as a pipe looks at it. */
export interface Message {
  jsonrpc: '2.0'
}

const messageSchema = z.custom<Message>((value) => isObject(value) && value.jsonrpc === '2.0')

export interface ProcessListener {
  /** Every chunk that arrives. */
  onBytes(): void
  /** A line that is no message. */
  onNoise(): void
  onExit(reason: string): void
}

/**
 * A server process and its pipes, for any SDK. Unlike the SDKs' own: leader of its own process group, death noticed by
 * `exit` and not by its pipes, exit code, signal and the end of stderr kept, garbage counted and passed over.
 */
export class ServerProcess implements Disturbable {
  onmessage: ((message: Message) => void) | undefined

  #started: Promise<void> | undefined
  #child: ChildProcess | undefined
  #group: ProcessGroup | undefined
  #ended: Promise<void> | undefined
  #stderr = ''
  #printed: string | undefined
  #isClosed = false
  /** Why nothing more comes, also while that is still held back. */
  #ending: string | undefined
  readonly #outgoing: DelayLine
  readonly #incoming: DelayLine

  constructor(
    private readonly target: StdioTarget,
    private readonly graceMs: number,
    private readonly disturbance: Disturbance,
    private readonly listener: ProcessListener,
  ) {
    this.#outgoing = new DelayLine(() => disturbance.delayMs)
    this.#incoming = new DelayLine(() => disturbance.delayMs)
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** The end of it, cleaned. */
  get stderr(): string {
    return clean(stripVTControlCharacters(wholeLines(this.#stderr))).trim()
  }

  /** The first line that is no message, before any message has come, cleaned: it may be no MCP server. */
  get printed(): string {
    return clean(stripVTControlCharacters(this.#printed ?? '')).trim()
  }

  /**
   * Once, however often it is asked for.
   * @throws the operating system's error (`ENOENT`, `EACCES`, …) where the command cannot be started
   */
  start(): Promise<void> {
    this.#started ??= this.#start()
    return this.#started
  }

  async #start(): Promise<void> {
    const { command, args, env, cwd } = this.target
    const options = { env: serverEnvironment(env), ...(cwd === undefined ? {} : { cwd }) }
    const start =
      process.platform === 'win32' ? await startOnWindows(command, args, options) : { command, args }
    if (this.#isClosed) throw new Error('it was closed before it had started')
    const { child, group } = spawnGroup(start, options)
    this.#child = child
    this.#group = group
    if (group) this.disturbance.attach(this)
    this.#ended = new Promise((resolve) => {
      child.once('error', () => resolve())
      child.once('exit', (code, signal) => {
        const how = signal === null ? `exit code ${code}` : `signal ${signal}`
        const drained = setTimeout(finish, drainMs)
        child.once('close', finish)
        const self = this
        function finish() {
          clearTimeout(drained)
          child.off('close', finish)
          resolve()
          self.#end(`its process ended (${how})`)
        }
      })
    })
    child.stdout?.once('close', () => {
      const how = child.stdout?.readableEnded ? 'it closed its output' : 'its output was cut'
      setTimeout(() => {
        if (child.exitCode === null && child.signalCode === null) this.#end(how)
      }, exitAfterOutputMs).unref()
    })
    // Errors of a dead pipe add nothing to `exit`.
    child.stdin?.on('error', () => {})
    child.stdout?.on('error', () => {})
    const lines = new LineSplitter(
      maxMessageBytes,
      (line) => this.#receive(line),
      () => this.listener.onNoise(),
    )
    child.stdout?.on('data', (chunk: Buffer) =>
      this.#incoming.add(() => {
        this.listener.onBytes()
        lines.push(chunk)
      }),
    )
    child.stderr?.setEncoding('utf8')
    child.stderr?.on('data', (chunk: string) => {
      this.#stderr = (this.#stderr + chunk).slice(-maxStderrCharacters)
    })
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
  }

  async send(message: object): Promise<void> {
    const stdin = this.#child?.stdin
    if (!stdin?.writable || this.#child?.exitCode !== null) throw new Error('the server process has ended')
    const line = `${JSON.stringify(message)}\n`
    // Not awaited: a hung server never drains.
    const write = () => this.#outgoing.add(() => stdin.write(line))
    const exchange = currentExchange()
    if (exchange) exchange.depart(write)
    else write()
  }

  /** End of input, then SIGTERM, then SIGKILL to the whole group and to who left it; resolves when nobody is left. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.disturbance.detach(this)
    this.#outgoing.close()
    this.#incoming.close()
    const child = this.#child
    if (child && this.#group) {
      child.stdin?.end()
      await Promise.race([this.#ended, pause(this.graceMs, undefined, { ref: false })])
      await endGroup(this.#group, this.graceMs)
      child.stdout?.destroy()
      child.stderr?.destroy()
    }
  }

  signal(signal: NodeJS.Signals): boolean {
    return this.#group !== undefined && signalGroup(this.#group, signal)
  }

  /** What is under way is lost, but not the news that the process ended before. */
  cut(): void {
    this.#outgoing.clear()
    this.#incoming.clear()
    this.#child?.stdin?.destroy()
    this.#child?.stdout?.destroy()
    this.#child?.stderr?.destroy()
    if (this.#ending !== undefined) this.#over(this.#ending)
  }

  #receive(line: string): void {
    const message = messageSchema.safeParse(parseJson(line))
    if (!message.success) {
      this.#printed ??= cap(line, maxPrintedCharacters)
      this.listener.onNoise()
      return
    }
    // It is one.
    this.#printed ??= ''
    try {
      this.onmessage?.(message.data)
    } catch (error) {
      // The SDK writes out again what it does not know, which may be nested too deeply for that.
      if (!(error instanceof RangeError)) throw error
      this.listener.onNoise()
    }
  }

  /** It is told after what came before it. */
  #end(reason: string): void {
    this.#ending = reason
    this.#incoming.add(() => this.#over(reason))
  }

  /** No answer can come any more. */
  #over(reason: string): void {
    if (!this.#isClosed) this.listener.onExit(reason)
  }
}

/** Without a first line that was cut: half a secret would not be recognised. */
function wholeLines(stderr: string): string {
  if (stderr.length < maxStderrCharacters) return stderr
  const end = stderr.indexOf('\n')
  return end === -1 ? '' : stderr.slice(end + 1)
}
