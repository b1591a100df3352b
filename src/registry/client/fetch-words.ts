/** What became of a `fetch` that failed: the system's code, which undici hides in the cause. */
export function wordsOfFetch(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (!(cause instanceof Error)) return error.message
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
  return `${error.message} (${code})`
}
