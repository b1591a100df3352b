import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { nameOfKey, VaultError, type VaultKey } from './keys.ts'

/** Where a secret stands. What was encrypted for one place cannot be opened in another. */
export interface Place {
  /** Undefined for what belongs to no user. */
  userId: string | undefined
  /** The server's id, or what else the row is found by. */
  subject: string
  field: string
}

export interface Vault {
  readonly currentKeyId: string
  seal(secret: string, place: Place): string
  /** @throws VaultError `unknown_key`, `unreadable`: it names the place, never the content */
  open(sealed: string, place: Place): string
  /** The same content under the current key; undefined where it is so already. @throws VaultError as `open` does */
  rewrap(sealed: string, place: Place): string | undefined
}

const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16
const version = '1'

/**
 * Envelope encryption: each secret is encrypted (AES-256-GCM, NIST SP 800-38D) with a data key of its own, which is encrypted
 * with the first of the keys. The form: `1.<key id>.<data key>.<content>`, both base64url of nonce, ciphertext and tag.
 */
export function createVault({ keys }: { keys: readonly VaultKey[] }): Vault {
  const current = firstOf(keys)
  const secrets = new Map(keys.map(({ id, secret }) => [id, secret]))

  function unwrap(sealed: string, place: Place) {
    const [form, keyId, wrapped, content, ...rest] = sealed.split('.')
    if (form !== version || keyId === undefined || wrapped === undefined || content === undefined) {
      throw unreadable(place)
    }
    const secret = secrets.get(keyId)
    if (secret === undefined) {
      throw new VaultError(
        'unknown_key',
        `${nameOf(place)} cannot be opened: encrypted with the key ${nameOfKey(keyId)}, which is not among the keys (${[...secrets.keys()].join(', ')})`,
      )
    }
    const dataKey = decrypt(secret, wrapped, `key ${keyId}`, place)
    if (rest.length > 0 || dataKey.length !== 32) throw unreadable(place)
    return { keyId, dataKey, content }
  }

  function wrap(dataKey: Buffer, place: Place): string {
    return encrypt(current.secret, dataKey, `key ${current.id}`, place)
  }

  return {
    currentKeyId: current.id,
    seal: (secret, place) => {
      const dataKey = randomBytes(32)
      const content = encrypt(dataKey, Buffer.from(secret, 'utf8'), 'content', place)
      return [version, current.id, wrap(dataKey, place), content].join('.')
    },
    open: (sealed, place) => {
      const { dataKey, content } = unwrap(sealed, place)
      return decrypt(dataKey, content, 'content', place).toString('utf8')
    },
    rewrap: (sealed, place) => {
      const { keyId, dataKey, content } = unwrap(sealed, place)
      if (keyId === current.id) return undefined
      // What cannot be opened is not given a new key.
      decrypt(dataKey, content, 'content', place)
      return [version, current.id, wrap(dataKey, place), content].join('.')
    },
  }
}

function firstOf(keys: readonly VaultKey[]): VaultKey {
  const [first] = keys
  if (first === undefined) throw new VaultError('wrong_keys', 'a vault needs a key')
  return first
}

function encrypt(key: Buffer, content: Buffer, use: string, place: Place): string {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
  cipher.setAAD(boundTo(use, place))
  return Buffer.concat([nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()]).toString(
    'base64url',
  )
}

function decrypt(key: Buffer, text: string, use: string, place: Place): Buffer {
  const sealed = Buffer.from(text, 'base64url')
  // Node reads over what is no base64url, so that several texts would stand for the same bytes.
  if (sealed.length < nonceBytes + tagBytes || sealed.toString('base64url') !== text) throw unreadable(place)
  const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  })
  decipher.setAAD(boundTo(use, place))
  decipher.setAuthTag(sealed.subarray(-tagBytes))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()])
  } catch {
    throw unreadable(place)
  }
}

/** JSON, so that no two places give the same bytes. */
function boundTo(use: string, { userId, subject, field }: Place): Buffer {
  return Buffer.from(JSON.stringify([use, userId ?? null, subject, field]), 'utf8')
}

function unreadable(place: Place): VaultError {
  return new VaultError(
    'unreadable',
    `${nameOf(place)} cannot be opened: it is damaged, or was put there from elsewhere`,
  )
}

function nameOf({ userId, subject, field }: Place): string {
  return `${field} of ${subject}${userId === undefined ? '' : ` (user ${JSON.stringify(userId)})`}`
}
