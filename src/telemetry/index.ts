export type { Telemetry } from '../telemetry.ts'
export { createTelemetry, type TelemetryOptions } from './create-telemetry.ts'
