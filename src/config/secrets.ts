import { clean, cutMark } from '../text/text.ts'
import type { HttpTarget, StdioTarget } from './sealed-target.ts'

/** Shorter values (`1`, `true`, `info`) stand in too many texts that are about something else. */
export const minSecretCharacters = 6
/** A literal part of a URL's path that is as long as this is taken for a token. */
const minTokenCharacters = 16
/** Of a secret that was cut: fewer tell nothing. */
const minBegunCharacters = 3
const hidden = '[hidden]'

/** Puts `[hidden]` where `text` holds a secret. @inline */
export type Mask = (text: string) => string

/** `expanded`: what `${…}` stood for anywhere in the definition. */
export function maskOf(target: StdioTarget | HttpTarget, expanded: Iterable<string>): Mask {
  const secrets = new Set<string>()
  for (const value of expanded) addValue(secrets, value)
  if (target.kind === 'stdio') for (const value of Object.values(target.env)) addValue(secrets, value)
  else {
    for (const value of Object.values(target.headers)) addValue(secrets, value)
    addUrl(secrets, new URL(target.url), minTokenCharacters)
  }
  if (secrets.size === 0) return (text) => text
  const spellings = [...new Set([...secrets].flatMap(spellingsOf))]
  // The longest first: of two that begin alike the whole one is hidden.
  const alternatives = spellings.sort((a, b) => b.length - a.length).map(quoted)
  const anySecret = new RegExp(alternatives.join('|'), 'g')
  return (text) => withoutBegun(text.replace(anySecret, hidden), spellings)
}

/** Of a text that was cut, the last word may be half a secret. */
function withoutBegun(text: string, spellings: string[]): string {
  const [first = '', ...others] = text.split(cutMark)
  return others.reduce((before, after) => {
    const begun = Math.max(0, ...spellings.map((spelling) => begunAtEnd(before, spelling)))
    const whole = begun > 0 ? `${before.slice(0, -begun)}${hidden}` : before
    return `${whole}${cutMark}${after}`
  }, first)
}

/** With how many characters of `secret`, from its first, `text` ends. */
function begunAtEnd(text: string, secret: string): number {
  for (let length = secret.length - 1; length >= minBegunCharacters; length--) {
    if (text.endsWith(secret.slice(0, length))) return length
  }
  return 0
}

/** A value as a whole, and the parts of it that a server may repeat alone. */
function addValue(secrets: Set<string>, value: string): void {
  add(secrets, value)
  // A key of several lines is written line by line; other control characters are written in many ways.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what they are
  for (const run of value.split(/[\u0000-\u001f\u007f-\u009f]+/)) add(secrets, run)
  const [, scheme, credentials] = /^([A-Za-z][\w-]*) +(\S.*)$/s.exec(value.trim()) ?? []
  if (credentials !== undefined) add(secrets, credentials)
  if (credentials !== undefined && scheme?.toLowerCase() === 'basic') {
    const decoded = Buffer.from(credentials, 'base64').toString('utf8')
    add(secrets, decoded)
    add(secrets, decoded.slice(decoded.indexOf(':') + 1))
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value) && URL.canParse(value)) addUrl(secrets, new URL(value), Infinity)
}

function addUrl(secrets: Set<string>, url: URL, minPathCharacters: number): void {
  const values = [url.username, url.password, url.hash.slice(1), ...url.searchParams.values()]
  const path = url.pathname.split('/').filter((part) => part.length >= minPathCharacters)
  // As they stand in the URL, too: `searchParams` has decoded its own.
  const query = url.search.slice(1).split('&')
  const raw = query.map((part) => part.slice(part.indexOf('=') + 1))
  for (const value of [...values, ...path, ...raw]) {
    add(secrets, value)
    add(secrets, decoded(value))
  }
}

function add(secrets: Set<string>, value: string): void {
  for (const one of [value.trim(), clean(value).trim()]) {
    if (one.length >= minSecretCharacters) secrets.add(one)
  }
}

/** As it is, and within JSON and a URL. */
function spellingsOf(secret: string): string[] {
  const wellFormed = Buffer.from(secret).toString('utf8')
  return [secret, JSON.stringify(secret).slice(1, -1), encodeURI(wellFormed), encodeURIComponent(wellFormed)]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function quoted(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}
