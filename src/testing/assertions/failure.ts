import { AssertionError } from 'node:assert'
import { isDeepStrictEqual } from 'node:util'

/** Whose call the stack of an error begins at. */
export type Assertion = (...given: never[]) => unknown

/** An error that every test runner shows as a failed assertion; its stack begins where `assertion` was called. */
export function fail(assertion: Assertion, message: string): never {
  throw new AssertionError({ message, operator: 'fail', stackStartFn: assertion })
}

/** Compares whole values. @throws AssertionError with the difference, and `context` below it */
export function equal(
  assertion: Assertion,
  what: string,
  { actual, expected, context }: { actual: unknown; expected: unknown; context?: string },
): void {
  if (isDeepStrictEqual(actual, expected)) return
  const compared = { actual, expected }
  // Without a message it is the difference; with one, and this operator, some versions of Node append that.
  const [, ...difference] = new AssertionError({ ...compared, operator: 'deepStrictEqual' }).message.split(
    '\n',
  )
  const message = [what, ...difference, ...(context === undefined ? [] : ['', context])].join('\n')
  throw new AssertionError({ ...compared, message, operator: 'equal', stackStartFn: assertion })
}
