import { AgentServer, InferenceRunner, ServerOptions } from '@livekit/agents'
import type { Logger } from 'pino'
import { createActor } from 'xstate'
import { messageOf } from '../../contract/errors.ts'
import { type WorkerEvent, type WorkerTimes, workerMachine } from '../../machines/worker.ts'
import { ChildProcesses } from './child-processes.ts'
import { logFrameworkTo } from './framework-log.ts'
import type { JobReport } from './job-report.ts'
import { LiveKitConnection } from './livekit-connection.ts'

interface LiveKitWorkerOptions {
  /** Has a `defineSwitchboardAgent` as its default export; every job process loads it. */
  agentFile: string
  url: string
  apiKey: string
  apiSecret: string
  /** With a name the worker takes only what is dispatched to it by this name; without one, every room. */
  agentName: string
  /** Processes that stand ready for the next calls; at least 1. */
  idleProcesses: number
  /** Whether an agent may use the framework's own models for ends of turns; the Realtime API has its own. */
  usesLocalModels: boolean
  /** Load of the machine's processors, from 0 to 1, from which it takes no more calls. */
  maxLoad: number
  times: WorkerTimes
  /** Also for what the framework says. */
  logger: Logger
}

export interface WorkerStatus {
  state: 'running' | 'draining' | 'closing' | 'killing' | 'ended'
  /** LiveKit's name for this worker; absent while it is not connected. */
  workerId?: string
  /** Calls that are held now. */
  jobs: number
  /** The switchboard of each process. */
  processes: JobReport[]
}

/** A process may take long to load on a loaded machine; the framework would give it ten seconds. */
const initializeTimeoutMs = 30_000

/** LiveKit's worker, with an end that comes in time. */
export class LiveKitWorker {
  /** Resolves at the end, with what ended it where nobody asked for it. */
  readonly ended: Promise<Error | undefined>
  readonly #server: AgentServer
  readonly #children = new ChildProcesses(() => this.#look())
  readonly #connection = new LiveKitConnection()
  readonly #logger: Logger
  readonly #actor
  readonly #gone = new AbortController()
  #goneAwaited: Promise<void> | undefined
  #failure: Error | undefined

  constructor({ agentFile, url, times, logger, ...options }: LiveKitWorkerOptions) {
    logFrameworkTo(logger)
    if (!options.usesLocalModels) withoutLocalModels()
    this.#logger = logger
    const serverOptions = new ServerOptions({
      agent: agentFile,
      ...{ wsURL: url, apiKey: options.apiKey, apiSecret: options.apiSecret, agentName: options.agentName },
      numIdleProcesses: options.idleProcesses,
      initializeProcessTimeout: initializeTimeoutMs,
      shutdownProcessTimeout: times.closeMs,
      logLevel: logger.level,
      // All that it does otherwise is to open no port of the framework's own.
      simulation: true,
    })
    serverOptions.loadThreshold = options.maxLoad
    this.#server = new AgentServer(serverOptions)
    this.#server.event.on('worker_registered', (workerId: string) => this.#connection.registered(workerId))
    const actions = {
      drain: () => this.#drain(),
      close: () => this.#close(),
      kill: () => this.#kill(),
    }
    this.#actor = createActor(workerMachine.provide({ actions }), { input: times })
    this.ended = new Promise((resolve) => {
      this.#actor.subscribe({ complete: () => resolve(this.#failure) })
    })
  }

  get status(): WorkerStatus {
    const { workerId } = this.#connection
    return {
      state: this.#actor.getSnapshot().value,
      ...(workerId === undefined ? {} : { workerId }),
      jobs: this.#server.activeJobs.length,
      processes: this.#children.reports,
    }
  }

  start(): void {
    this.#actor.start()
    this.#server.run().catch((error) => {
      this.#failure = error instanceof Error ? error : new Error(messageOf(error))
      this.#tell({ type: 'server.failed' })
    })
    void this.ended.then(() => {
      this.#gone.abort()
      this.#children.close()
      this.#connection.close()
    })
  }

  /** Takes no more calls, and ends when those that are held have ended or had their time. Again: at once. */
  end(): void {
    this.#tell({ type: 'end' })
  }

  #drain(): void {
    this.#logger.info({ jobs: this.#server.activeJobs.length }, 'the worker takes no more calls')
    // It rejects where a process ended in these moments, and then says nothing of the others.
    this.#server.drain().catch((error) => this.#logger.debug(`drained: ${messageOf(error)}`))
    this.#look()
  }

  #close(): void {
    this.#server.close().catch((error) => this.#logger.debug(`closed: ${messageOf(error)}`))
    this.#awaitGone()
  }

  #kill(): void {
    this.#logger.warn('what has not ended is killed')
    this.#children.kill()
    this.#awaitGone()
  }

  #awaitGone(): void {
    this.#goneAwaited ??= this.#children
      .gone(this.#gone.signal)
      .then(() => this.#tell({ type: 'processes.gone' }))
  }

  #tell(event: WorkerEvent): void {
    if (this.#actor.getSnapshot().status === 'active') this.#actor.send(event)
  }

  /** The framework tells nobody when a job is over; its process ends then. */
  #look(): void {
    setImmediate(() => {
      const isOver = this.#server.activeJobs.length === 0
      if (isOver && this.status.state === 'draining') this.#tell({ type: 'jobs.over' })
    })
  }
}

/**
 * The framework starts a process with 140 MB of models for every worker, unless it finds one entered already. An entry that
 * is not enumerable is found, and not started.
 */
function withoutLocalModels(): void {
  Object.defineProperty(InferenceRunner.registeredRunners, 'lk_eot_audio', {
    value: 'none',
    configurable: true,
  })
}
