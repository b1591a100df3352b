import { z } from 'zod'
import { nearest } from '../text/nearest.ts'
import { SwitchboardError } from './errors.ts'

/** The longest that a Node timer takes; a longer one fires at once. */
export const longestTimerMs = 2_147_483_647

export const milliseconds = z.number().int().positive().max(longestTimerMs)

/** Times that hold for the whole switchboard; a server's own options may change some of them. */
export const policySchema = z.strictObject({
  /** How long a call waits for a server that is on its way back. */
  patienceMs: milliseconds.default(3_000),
  /** A first `npx` downloads. */
  connectTimeoutMs: milliseconds.default(30_000),
  callTimeoutMs: milliseconds.default(15_000),
  /** What progress may extend a call to. */
  maxCallMs: milliseconds.default(120_000),
  /** What the caller gets to answer a question of a server; its call's deadline stands still meanwhile. */
  questionTimeoutMs: milliseconds.default(60_000),
  /** Silence, after the later of sending and the last byte, that ends a call. */
  unresponsiveAfterMs: milliseconds.default(5_000),
  heartbeatMs: milliseconds.default(10_000),
  heartbeatDuringCallsMs: milliseconds.default(2_000),
  heartbeatTimeoutMs: milliseconds.default(1_000),
  minBackOffMs: milliseconds.default(250),
  maxBackOffMs: milliseconds.default(30_000),
  /** A connection that lasted this long resets the back-off. */
  stableAfterMs: milliseconds.default(30_000),
  /** What calls in flight get when their server is removed or replaced by `configure()`, before they are cancelled. */
  drainTimeoutMs: milliseconds.default(5_000),
  /** What a server gets to end by itself, and again after SIGTERM, before it is killed. */
  closeGraceMs: milliseconds.default(1_000),
  /** Calls at one server. */
  maxInFlight: z.number().int().positive().default(64),
  /** Calls without an outcome in all conversations, those that wait for a server included. */
  maxCalls: z.number().int().positive().default(1_000),
  /** Silence while a model's call runs, before somebody is told; and before somebody is told again. */
  fillerAfterMs: milliseconds.default(1_200),
  fillerAgainAfterMs: milliseconds.default(8_000),
  /** How long a caller's yes may take. */
  confirmWithinMs: milliseconds.default(60_000),
  /** A model's call that would fail in the same way for this time is not made. */
  loopStoppedAt: z.number().int().positive().default(3),
  /** A model's responses that call functions, until the caller speaks again. */
  maxToolSteps: z.number().int().positive().default(8),
  maxTextCharacters: z.number().int().positive().default(8_000),
})

export type Policy = z.infer<typeof policySchema>
/** Those that are left out have their defaults. @interface */
export type PolicyOptions = z.input<typeof policySchema>

/** @throws SwitchboardError `unknown_option`, `wrong_form` */
export function parsePolicy(options: unknown): Policy {
  const result = policySchema.safeParse(options)
  if (result.success) return result.data
  const [first] = result.error.issues.flatMap(mistakes)
  throw first
}

function mistakes(issue: z.core.$ZodIssue): SwitchboardError[] {
  if (issue.code !== 'unrecognized_keys') {
    return [new SwitchboardError('wrong_form', `option "${issue.path.join('.')}": ${issue.message}`)]
  }
  const known = [...Object.keys(policySchema.shape), 'mcpServers', 'configFile']
  return issue.keys.map(
    (key) => new SwitchboardError('unknown_option', `unknown option "${key}"${nearest(key, known)}`),
  )
}
