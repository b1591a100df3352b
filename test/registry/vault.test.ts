import { randomBytes } from 'node:crypto'
import { chmodSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keyFile } from '../../src/registry/vault/key-file.ts'
import { readKeys, VaultError } from '../../src/registry/vault/keys.ts'
import { createVault, type Place } from '../../src/registry/vault/vault.ts'
import { temporaryFolder } from './support.ts'

const old = { id: 'k1', secret: randomBytes(32) }
const current = { id: 'k2', secret: randomBytes(32) }
const vault = createVault({ keys: [current, old] })
const place: Place = { userId: 'ann', subject: 'server 1', field: 'headers' }

const places = fc.record({
  userId: fc.option(fc.string(), { nil: undefined }),
  subject: fc.string(),
  field: fc.string(),
})
const texts = fc.string({ unit: 'grapheme', maxLength: 200 })

function problemOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof VaultError) return error.code
    throw error
  }
  return 'none'
}

test('what was sealed is opened in its place, and looks different each time', () => {
  fc.assert(
    fc.property(texts, places, (secret, place) => {
      const sealed = vault.seal(secret, place)
      expect(vault.open(sealed, place)).toBe(secret)
      expect(vault.seal(secret, place)).not.toBe(sealed)
    }),
  )
})

test('what was sealed for another user, server or field is refused', () => {
  fc.assert(
    fc.property(texts, places, places, (secret, place, other) => {
      fc.pre(JSON.stringify(place) !== JSON.stringify(other))
      expect(problemOf(() => vault.open(vault.seal(secret, place), other))).toBe('unreadable')
    }),
  )
  const sealed = vault.seal('secret', place)
  for (const other of [{ userId: 'bob' }, { subject: 'server 2' }, { field: 'access token' }]) {
    expect(problemOf(() => vault.open(sealed, { ...place, ...other }))).toBe('unreadable')
  }
})

test('one other character anywhere is refused', () => {
  const sealed = vault.seal('Bearer abc', place)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  for (let at = 0; at < sealed.length; at++) {
    const other = alphabet[(alphabet.indexOf(sealed[at] ?? '') + 1) % alphabet.length]
    const changed = `${sealed.slice(0, at)}${other}${sealed.slice(at + 1)}`
    expect(['unreadable', 'unknown_key'], changed).toContain(problemOf(() => vault.open(changed, place)))
  }
})

test('a tag of fewer than 16 bytes is refused: of the content and of the data key', () => {
  const [version, id, wrapped = '', content = ''] = vault.seal('secret', place).split('.')
  const cut = (text: string, bytes: number) =>
    Buffer.from(text, 'base64url').subarray(0, -bytes).toString('base64url')
  for (const bytes of [1, 4, 8, 12, 16, 28]) {
    const shortContent = [version, id, wrapped, cut(content, bytes)].join('.')
    const shortKey = [version, id, cut(wrapped, bytes), content].join('.')
    expect(problemOf(() => vault.open(shortContent, place))).toBe('unreadable')
    expect(problemOf(() => vault.open(shortKey, place))).toBe('unreadable')
  }
})

test('the data key of one secret does not open another', () => {
  const [version, id, wrapped] = vault.seal('one', place).split('.')
  const [, , , content] = vault.seal('two', place).split('.')
  expect(problemOf(() => vault.open([version, id, wrapped, content].join('.'), place))).toBe('unreadable')
})

test('an unknown key is named, with where it is missed; the content never is', () => {
  const sealed = createVault({ keys: [{ id: 'gone', secret: randomBytes(32) }] }).seal('secret', place)
  expect(() => vault.open(sealed, place)).toThrow(
    'headers of server 1 (user "ann") cannot be opened: encrypted with the key gone, which is not among the keys (k2, k1)',
  )
  const sameName = createVault({ keys: [{ id: 'k2', secret: randomBytes(32) }] }).seal('secret', place)
  expect(() => vault.open(sameName, place)).toThrow(
    'headers of server 1 (user "ann") cannot be opened: it is damaged, or was put there from elsewhere',
  )
})

test('an older key still opens; rewrapped, the current one alone is enough', () => {
  const sealed = createVault({ keys: [old] }).seal('secret', place)
  expect(vault.open(sealed, place)).toBe('secret')
  const rewrapped = vault.rewrap(sealed, place) ?? ''
  expect(createVault({ keys: [current] }).open(rewrapped, place)).toBe('secret')
  expect(problemOf(() => createVault({ keys: [old] }).open(rewrapped, place))).toBe('unknown_key')
  expect(vault.rewrap(rewrapped, place)).toBe(undefined)
})

test('keys are read from a list, the first is the current one', () => {
  const [one, two] = [randomBytes(32), randomBytes(32)]
  expect(readKeys(`new:${one.toString('base64')}, old:${two.toString('base64')}`)).toEqual([
    { id: 'new', secret: one },
    { id: 'old', secret: two },
  ])
})

const key = randomBytes(32).toString('base64')
test.each([
  [undefined, 'holds no key'],
  ['', 'holds no key'],
  [key, 'is not of the form id:base64'],
  [`k 1:${key}`, 'is not of the form id:base64'],
  [`k1:${key.slice(0, 20)}`, 'has 15 bytes where 32 are needed'],
  [`k1:${key},k1:${key}`, 'names a key twice'],
])('what is no key is refused with what to do, and not repeated: %#', (text, message) => {
  // As JavaScript may.
  const read = () => Reflect.apply(readKeys, undefined, [text])
  expect(read).toThrow(message)
  expect(read).toThrow('SWITCHBOARD_REGISTRY_KEYS')
  try {
    read()
  } catch (error) {
    expect(String(error)).not.toContain(key.slice(0, 16))
  }
})

test('the key file is made once, for its owner alone, by however many need it at once', async () => {
  const { folder, remove } = temporaryFolder()
  try {
    const made = await Promise.all([keyFile(folder), keyFile(folder), keyFile(folder)])
    expect(new Set(made.map((keys) => JSON.stringify(keys))).size).toBe(1)
    const file = join(folder, 'registry.keys')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readKeys(readFileSync(file, 'utf8'))).toEqual(await keyFile(folder))
    chmodSync(file, 0o644)
    await expect(keyFile(folder)).rejects.toThrow(`run: chmod 600 ${file}`)
  } finally {
    remove()
  }
})
