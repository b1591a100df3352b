import { createHash, randomBytes } from 'node:crypto'
import type { Request } from 'express'
import { apiPath } from '../wire.ts'

/** As long as anybody takes to sign in. */
const maxAgeSeconds = 900
const path = `${apiPath}/oauth`

export function newBinding(): string {
  return randomBytes(32).toString('base64url')
}

/** One for each sign-in that is under way, so that two tabs do not take each other's. */
export function setBinding(state: string, binding: string, isSecure: boolean): string {
  return cookie(state, binding, maxAgeSeconds, isSecure)
}

export function dropBinding(state: string, isSecure: boolean): string {
  return cookie(state, '', 0, isSecure)
}

export function readBinding(request: Request, state: string): string | undefined {
  const name = `${nameFor(state)}=`
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(name))?.slice(name.length)
}

function cookie(state: string, value: string, seconds: number, isSecure: boolean): string {
  const secure = isSecure ? '; Secure' : ''
  return `${nameFor(state)}=${value}; Max-Age=${seconds}; Path=${path}; HttpOnly; SameSite=Lax${secure}`
}

function nameFor(state: string): string {
  return `switchboard-sign-in-${createHash('sha256').update(state).digest('hex').slice(0, 16)}`
}
