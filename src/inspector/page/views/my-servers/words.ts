import type { RegisteredServer } from '../../../../registry/wire.ts'
import { badge } from '../../badge.ts'
import { html, nothing, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import { age, toneOfServer } from '../../words.ts'

/** Nothing where nobody knows: then it is told when it was last seen. */
export function statusBadge(server: RegisteredServer): TemplateResult | typeof nothing {
  const { status } = server
  if (status === 'unknown') return nothing
  if (isSignedOutSince(server)) return badge('signed out', 'plain')
  return badge(status, toneOfServer(status))
}

/** It was seen ready, and somebody has signed out then. */
function isSignedOutSince({ status, authorization }: RegisteredServer): boolean {
  return status === 'ready' && authorization.kind === 'oauth' && authorization.state === 'signed_out'
}

/** Since when it is so, or what was last seen of it. */
export function sinceWhen(server: RegisteredServer, now: number): string {
  const { status, statusSince, lastSeen } = server
  if (statusSince !== undefined && !isSignedOutSince(server))
    return `${status} for ${age(now - Date.parse(statusSince))}`
  if (!lastSeen) return status === 'disabled' ? 'not used' : 'nobody has tried it yet'
  return lastSeenWords(lastSeen, now)
}

/** `last seen ready in a call, 2 min 05 s ago` */
export function lastSeenWords(
  { status, from, at }: NonNullable<RegisteredServer['lastSeen']>,
  now: number,
): string {
  return `last seen ${status} in a ${from}, ${age(now - Date.parse(at))} ago`
}

/** Somebody has to sign in, or to agree to more. */
export function wantsSignIn({ authorization }: RegisteredServer): boolean {
  return authorization.kind === 'oauth' && authorization.state !== 'signed_in'
}

export function problemLine(text: string | undefined): TemplateResult | typeof nothing {
  return text === undefined ? nothing : html`<p class="small problem" role="alert">${text}</p>`
}

export function count(number: number): string {
  return `${number} ${number === 1 ? 'function' : 'functions'}`
}
