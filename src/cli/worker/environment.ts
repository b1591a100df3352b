import type { Environment } from '../../config/expand.ts'
import { nearest } from '../../text/nearest.ts'
import { proxyTokenVariable } from '../token-file.ts'
import type { WorkerOptions } from './options.ts'

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** The key by which agents are known at the registry. */
export const registryKeyVariable = 'SWITCHBOARD_REGISTRY_KEY'

export interface WorkerEnvironment {
  url: string
  apiKey: string
  apiSecret: string
  logLevel: LogLevel
}

/** What a worker needs of the environment, or one line for each thing that is missing or wrong in it. */
export function readWorkerEnvironment(
  environment: Environment,
  options: Pick<WorkerOptions, 'model' | 'agentFile' | 'registryUrl' | 'proxyUrl' | 'proxyTokenFile'>,
): WorkerEnvironment | { problems: string[] } {
  const { model, agentFile, registryUrl, proxyUrl, proxyTokenFile } = options
  const problems: string[] = []
  const required = (name: string, what: string): string => {
    const value = environment[name]?.trim() ?? ''
    if (value === '') problems.push(`${name} is not set; set it to ${what}`)
    return value
  }
  const url = required(
    'LIVEKIT_URL',
    'the address of the LiveKit server, such as wss://example.livekit.cloud',
  )
  if (url !== '' && !isServerUrl(url)) {
    problems.push('LIVEKIT_URL is not the address of a server; write it like wss://example.livekit.cloud')
  }
  const apiKey = required('LIVEKIT_API_KEY', 'the key of the LiveKit project')
  const apiSecret = required('LIVEKIT_API_SECRET', 'the secret that belongs to LIVEKIT_API_KEY')
  if (model === 'openai' && agentFile === undefined && !environment.OPENAI_API_KEY) {
    problems.push('OPENAI_API_KEY is not set; set it, or leave out --model openai for the rehearsal')
  }
  if (registryUrl !== undefined) {
    required(registryKeyVariable, 'a key of the registry: switchboard registry key add NAME --role agent')
  }
  if (proxyUrl !== undefined && proxyTokenFile === undefined) {
    required(proxyTokenVariable, 'the token of the proxy, or name its file with --proxy-token-file')
  }
  const level = environment.LOG_LEVEL || 'info'
  const logLevel = logLevels.find((one) => one === level.toLowerCase())
  if (logLevel === undefined) {
    problems.push(
      `LOG_LEVEL ${JSON.stringify(level)} is none${nearest(level, [...logLevels])}; set it to one of ${logLevels.join(', ')}`,
    )
  }
  if (problems.length > 0 || logLevel === undefined) return { problems }
  return { url, apiKey, apiSecret, logLevel }
}

function isServerUrl(url: string): boolean {
  return URL.canParse(url) && /^(wss?|https?):$/.test(new URL(url).protocol)
}
