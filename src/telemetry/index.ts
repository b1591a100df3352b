export type { Telemetry } from '../switchboard/telemetry.ts'
export { createTelemetry, type TelemetryOptions } from './create-telemetry.ts'
