import { extname, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import type { LiveKitWorker } from '../../agent/worker/livekit-worker.ts'
import type { Configuration } from '../../config/servers.ts'
import { messageOf, SwitchboardError } from '../../contract/errors.ts'
import { isLoopback } from '../../http/loopback.ts'
import { createRegistryClient } from '../../registry/client/index.ts'
import type { Rehearsal } from '../../rehearsal/index.ts'
import { checkAgentFile } from '../agent-file/check.ts'
import { requireAgentFile } from '../agent-file/reasons.ts'
import { chooseConfiguration } from '../chosen-configuration.ts'
import { type ExitCode, reportFailure, UsageError } from '../failure.ts'
import { readSecretFiles } from '../secret-files.ts'
import { proxyTokenVariable, readToken } from '../token-file.ts'
import { openAudit } from './audit-file.ts'
import { readWorkerEnvironment } from './environment.ts'
import { type Health, healthOf } from './health.ts'
import { startHealthServer } from './health-server.ts'
import { createLogger, logWarnings } from './log.ts'
import type { WorkerOptions } from './options.ts'
import { maskOfWorker } from './secrets.ts'
import { configurationOf, type JobServers } from './servers.ts'
import { settingsToEnvironment } from './settings.ts'

const defaultAgentFile = fileURLToPath(new URL(`./default-agent${extname(import.meta.url)}`, import.meta.url))
const preload = new URL(`./preload${extname(import.meta.url)}`, import.meta.url).href
/** Together with the drain time the longest end: below the ten seconds that container platforms wait by default. */
const times = { closeMs: 4_000, killMs: 2_000 }
/** npm and npx hand on the Ctrl+C that the terminal has sent to everybody already. */
const sameSignalMs = 1_000
const cleanUpMs = 500

/** Takes calls until it is told to end. Does not return where it has begun, since the framework keeps timers and sockets. */
export async function work(options: WorkerOptions): Promise<ExitCode> {
  readSecretFiles(process.env)
  const environment = readWorkerEnvironment(process.env, options)
  if ('problems' in environment) {
    for (const problem of environment.problems) process.stderr.write(`switchboard: ${problem}\n`)
    return 2
  }
  const { url, apiKey, apiSecret, logLevel } = environment
  const { proxyUrl } = options
  const chosen = chooseConfiguration(options.configFile)
  const servers = proxyUrl === undefined ? { configFile: resolve(chosen.file) } : { proxyUrl }
  if (proxyUrl !== undefined) await holdToken(options)
  const configuration = readServers(options, servers)
  if (options.audit !== undefined) openAudit(options.audit)
  // Wrong input is told here, and not by each process of a job.
  if (options.registryUrl !== undefined) createRegistryClient({ url: options.registryUrl, token: '' })
  const logger = createLogger(logLevel, maskOfWorker(configuration.entries, process.env))
  logWarnings(logger)
  for (const warning of configuration.warnings) logger.warn(warning)
  // Here, so that no probe hears of a worker that cannot work.
  if (options.agentFile !== undefined) {
    logger.info({ file: options.agentFile }, 'the agent file is loaded once to see whether it can be')
    await checkAgentFile(options.agentFile)
  }

  let worker: LiveKitWorker | undefined
  const starting: Health = {
    ...{ ready: false, reasons: ['The worker is starting.'], livekit: { connected: false } },
    ...{ calls: 0, servers: [] },
  }
  const health = await startHealthServer(options.healthHost, options.healthPort, () =>
    worker === undefined ? starting : healthOf(worker.status),
  )
  logger.info({ url: health.url }, 'health is told at /livez and /readyz')
  const isFound =
    proxyUrl === undefined && options.agentFile === undefined && options.configFile === undefined
  if (isFound) logger.info(servers, 'the servers are those of this configuration')
  let rehearsal: Rehearsal | undefined
  let exitCode: ExitCode = 0
  try {
    if (options.agentFile === undefined) {
      rehearsal = options.model === 'rehearsal' ? await startEndpoint(logger) : undefined
      const { instructions, audit, auditArguments, timeline, registryUrl, allowHosts } = options
      const settings = settingsToEnvironment({
        ...{ servers, auditArguments, timeline, logLevel },
        realtime: rehearsal ? { provider: 'rehearsal', baseURL: rehearsal.url } : { provider: 'openai' },
        ...(instructions === undefined ? {} : { instructions }),
        ...(registryUrl === undefined ? {} : { registry: { url: registryUrl, allowHosts } }),
        ...(audit === undefined ? {} : { audit: audit === '-' ? audit : resolve(audit) }),
      })
      // The framework forks job processes with this process's own environment.
      Object.assign(process.env, settings)
    }
    // It hands these on too.
    process.execArgv.push('--import', preload)
    const { LiveKitWorker } = await import('../../agent/worker/livekit-worker.ts')
    worker = new LiveKitWorker({
      agentFile: options.agentFile === undefined ? defaultAgentFile : resolve(options.agentFile),
      ...{ url, apiKey, apiSecret, agentName: options.agentName ?? '', logger },
      ...{ idleProcesses: options.idleProcesses, maxLoad: options.maxLoad },
      usesLocalModels: options.agentFile !== undefined,
      times: { drainMs: options.drainSeconds * 1_000, ...times },
    })
    worker.start()
    exitCode = await untilEnded(worker)
  } catch (error) {
    exitCode = reportFailure(error)
  }
  await Promise.race([Promise.allSettled([health.close(), rehearsal?.close()]), delay(cleanUpMs)])
  logger.info('the worker has ended')
  process.exit(exitCode)
}

/** Job processes inherit it. @throws UsageError */
async function holdToken({ proxyTokenFile }: WorkerOptions): Promise<void> {
  if (proxyTokenFile !== undefined) process.env[proxyTokenVariable] = await readToken(proxyTokenFile)
}

function readServers({ agentFile, registryUrl }: WorkerOptions, servers: JobServers): Configuration {
  if (agentFile !== undefined) {
    requireAgentFile(agentFile)
    return { entries: [], warnings: [] }
  }
  const configuration = configurationOf(servers, process.env)
  const wrong = 'proxyUrl' in servers ? configuration.entries[0]?.problem : undefined
  if (wrong !== undefined) throw new UsageError(wrong)
  if ('proxyUrl' in servers && isInTheOpen(servers.proxyUrl)) {
    throw new UsageError(`--proxy ${servers.proxyUrl}: anybody on the way could read the token; use https`)
  }
  if (configuration.entries.length > 0 || registryUrl !== undefined) return configuration
  const where = 'configFile' in servers ? `${servers.configFile}: ` : ''
  throw new SwitchboardError('no_usable_server', `${where}it names no server; add one under "mcpServers"`)
}

function isInTheOpen(address: string): boolean {
  const { protocol, hostname } = new URL(address)
  return protocol === 'http:' && !isLoopback(hostname)
}

/** One for all job processes: a call is a connection to it. */
async function startEndpoint(logger: Logger): Promise<Rehearsal> {
  const { startRehearsal } = await import('../../rehearsal/index.ts')
  return startRehearsal({ onWarning: (message) => logger.warn(message) })
}

async function untilEnded(worker: LiveKitWorker): Promise<ExitCode> {
  let endedBy: NodeJS.Signals | undefined
  let lastAt = -Infinity
  const onSignal = (signal: NodeJS.Signals) => {
    const isSame = signal === endedBy && performance.now() - lastAt < sameSignalMs
    lastAt = performance.now()
    if (isSame) return
    endedBy ??= signal
    worker.end()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  const failure = await worker.ended
  if (failure !== undefined && endedBy === undefined) {
    return reportFailure(new Error(`the worker ended: ${messageOf(failure)}`))
  }
  return endedBy === 'SIGINT' ? 130 : 0
}
