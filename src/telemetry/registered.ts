import type { Environment } from '../config/expand.ts'
import type { Telemetry } from '../switchboard/telemetry.ts'

/** Under this, `@opentelemetry/api` keeps what a program has registered; the number is its major version. */
const registry = Symbol.for('opentelemetry.js.api.1')

/** The variable by which instrumentations of generative AI are told to record what is said. */
const contentsVariable = 'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT'

/**
 * For commands: telemetry where an SDK of OpenTelemetry was registered before them, as by `NODE_OPTIONS="--import FILE"`.
 * Without one nothing is loaded.
 */
export async function registeredTelemetry(environment: Environment): Promise<{ telemetry?: Telemetry }> {
  if (!(registry in globalThis)) return {}
  const { createTelemetry } = await import('./create-telemetry.ts')
  const recordContents = /^(true|span_only|span_and_event)$/i.test(environment[contentsVariable] ?? '')
  return { telemetry: createTelemetry({ recordContents }) }
}
