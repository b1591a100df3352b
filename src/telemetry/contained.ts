import { type Context, context } from '@opentelemetry/api'
import { messageOf } from '../contract/errors.ts'

/** Does what measures. A fault in it, such as of a processor of spans, is told as a process warning, and harms no call. */
export function contained<Result>(work: () => Result): Result | undefined {
  try {
    return work()
  } catch (error) {
    process.emitWarning(`telemetry failed: ${messageOf(error)}`, 'SwitchboardWarning')
    return undefined
  }
}

/** Does what is measured, in that context where it can be entered. Once: `work` tells a failure of its own by rejecting. */
export function within<Result>(around: Context, work: () => Promise<Result>): Promise<Result> {
  let result: Promise<Result> | undefined
  const once = () => {
    result ??= work()
    return result
  }
  contained(() => context.with(around, once))
  return once()
}
