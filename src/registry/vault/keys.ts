export interface VaultKey {
  id: string
  /** 32 bytes. */
  secret: Buffer
}

/** @inline */
export type VaultProblem =
  /** The keys that were given are no keys. */
  | 'wrong_keys'
  /** Encrypted with a key that is not among them. */
  | 'unknown_key'
  /** Damaged, cut, or taken from another place. */
  | 'unreadable'

/** Keys or what they encrypt cannot be used; `code` says why. */
export class VaultError extends Error {
  override readonly name = 'VaultError'

  constructor(
    readonly code: VaultProblem,
    message: string,
  ) {
    super(message)
  }
}

export const keysVariable = 'SWITCHBOARD_REGISTRY_KEYS'

export const howToMakeOne = `make one with: node -p "'k1:' + crypto.randomBytes(32).toString('base64')"`

/** Of a key that something in the database is under: anything may stand there. */
export function nameOfKey(keyId: string): string {
  return /^[A-Za-z0-9_-]{1,40}$/.test(keyId) ? keyId : 'of an unreadable name'
}

/**
 * `id:base64,id2:base64`: the first encrypts, the others still open what they have encrypted. `source`: for the message.
 * @throws VaultError `wrong_keys`, without what was given
 */
export function readKeys(text: string, source: string = keysVariable): VaultKey[] {
  // JavaScript gives what `process.env` does not have.
  const keys = String(text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part, at) => readKey(part, `key ${at + 1} in ${source}`))
  if (keys.length === 0) throw new VaultError('wrong_keys', `${source} holds no key; ${howToMakeOne}`)
  const ids = new Set(keys.map(({ id }) => id))
  if (ids.size < keys.length) {
    throw new VaultError('wrong_keys', `${source} names a key twice; each needs an id of its own`)
  }
  return keys
}

function readKey(text: string, place: string): VaultKey {
  const [, id, encoded] = /^([A-Za-z0-9_-]{1,40}):([A-Za-z0-9+/_=-]+)$/.exec(text) ?? []
  if (id === undefined || encoded === undefined) {
    throw new VaultError(
      'wrong_keys',
      `${place} is not of the form id:base64 (the id has letters, digits, - and _); ${howToMakeOne}`,
    )
  }
  const secret = Buffer.from(encoded, 'base64')
  if (secret.length !== 32) {
    throw new VaultError(
      'wrong_keys',
      `${place} has ${secret.length} bytes where 32 are needed, in base64; ${howToMakeOne}`,
    )
  }
  return { id, secret }
}
