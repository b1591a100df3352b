import { realtime } from '@livekit/agents-plugin-openai'
import { isLoopback } from '../../http/loopback.ts'
import { ensureLogger } from '../logger.ts'
import { RealtimeSession } from './realtime-session.ts'

export interface RealtimeOptions {
  provider: 'openai' | 'rehearsal'
  /** `openai`: default `OPENAI_BASE_URL`, else OpenAI's own. `rehearsal`: required, and on this machine. */
  baseURL?: string
  /** `openai`: default `OPENAI_API_KEY`. A rehearsal never gets one. */
  apiKey?: string
  model?: string
  voice?: string
  /** How long the model may take to confirm its functions before it is told again; doubled each time. Default: 5000. */
  confirmToolsWithinMs?: number
}

/** The model for either provider. Nothing is dialled before a session starts with it. */
export function createRealtimeModel(options: RealtimeOptions): RealtimeModel {
  ensureLogger()
  const voiceOption = options.voice === undefined ? {} : { voice: options.voice }
  const { confirmToolsWithinMs } = options
  if (options.provider === 'rehearsal') {
    const model = options.model ?? 'rehearsal'
    const baseURL = loopback(options.baseURL)
    return new RealtimeModel({ baseURL, apiKey: 'rehearsal', model, ...voiceOption }, confirmToolsWithinMs)
  }
  const apiKey = options.apiKey ?? process.env.OPENAI_API_KEY
  if (apiKey === undefined || apiKey === '') {
    throw new Error('OpenAI needs a key: set OPENAI_API_KEY, or use the rehearsal, which needs none')
  }
  return new RealtimeModel(
    {
      apiKey,
      ...(options.baseURL === undefined ? {} : { baseURL: options.baseURL }),
      ...(options.model === undefined ? {} : { model: options.model }),
      ...voiceOption,
    },
    confirmToolsWithinMs,
  )
}

/** A rehearsal must cost nothing and tell nobody: without this, a missing address would mean OpenAI. */
function loopback(baseURL: string | undefined): string {
  if (baseURL === undefined) throw new Error('a rehearsal needs the baseURL of startRehearsal()')
  const { hostname } = new URL(baseURL)
  if (!isLoopback(hostname)) {
    throw new Error(`a rehearsal stays on this machine: ${hostname} is not a loopback address`)
  }
  return baseURL
}

/** OpenAI's Realtime model, with the plugin's own defects in connecting, sending and hanging up mended. */
export class RealtimeModel extends realtime.RealtimeModel {
  readonly #confirmToolsWithinMs: number | undefined

  constructor(
    options: ConstructorParameters<typeof realtime.RealtimeModel>[0],
    confirmToolsWithinMs?: number | undefined,
  ) {
    super(options)
    this.#confirmToolsWithinMs = confirmToolsWithinMs
  }

  /** One for each agent; it connects at once. */
  override session(): RealtimeSession {
    const { baseURL, model, apiKey } = this._options
    const target = {
      url: realtime.processBaseURL({ baseURL, model, isAzure: false }),
      headers: { 'User-Agent': 'LiveKit-Agents-JS', Authorization: `Bearer ${apiKey}` },
    }
    return new RealtimeSession(this, target, this.#confirmToolsWithinMs)
  }
}
