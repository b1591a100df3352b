/** The database does not answer. Another attempt later may work. */
export class DatabaseUnreachable extends Error {
  override readonly name = 'DatabaseUnreachable'
  readonly code = 'database_unreachable'
}

/** The database answers, and refuses. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError'
  readonly code = 'database_error'

  constructor(
    message: string,
    /** SQLSTATE, where it is the server that refuses (PostgreSQL documentation, appendix A). */
    readonly sqlState?: string | undefined,
    /** The constraint that a change would have broken. */
    readonly constraint?: string | undefined,
  ) {
    super(message)
  }
}

const lostConnection = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'CONNECT_TIMEOUT',
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  // Too many connections; shut down by an operator, after a crash, not ready yet; statement timeout.
  '53300',
  '57P01',
  '57P02',
  '57P03',
  '57014',
])

/**
 * What drivers throw, without the values of the query: the texts of Drizzle and the details of PostgreSQL repeat them. Other
 * errors are given back as they are.
 */
export function databaseFailure(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const cause = error.name === 'DrizzleQueryError' || 'query' in error ? (error.cause ?? error) : error
  const code = textOf(cause, 'code')
  if (code !== undefined && (lostConnection.has(code) || code.startsWith('08'))) {
    return new DatabaseUnreachable(`the database does not answer (${code}); try again later`)
  }
  if (!(cause instanceof Error)) return new DatabaseError('a query failed')
  const isFromServer = textOf(cause, 'severity') !== undefined
  if (isFromServer) {
    const constraint = textOf(cause, 'constraint_name') ?? textOf(cause, 'constraint')
    return new DatabaseError(
      `the database refuses (${code}): ${withoutValues(cause.message)}`,
      code,
      constraint,
    )
  }
  return cause === error ? error : new DatabaseError(`a query failed: ${cause.name}`)
}

/** `invalid input syntax for type uuid: "…"` */
function withoutValues(message: string): string {
  return message.replace(/: ".*"$/s, '')
}

function textOf(value: unknown, key: string): string | undefined {
  if (typeof value !== 'object' || value === null || !(key in value)) return undefined
  const found: unknown = Reflect.get(value, key)
  return typeof found === 'string' && found !== '' ? found : undefined
}
