import type { RegisteredServer } from '../../../registry/wire.ts'
import { badge } from '../badge.ts'
import { html, nothing, type TemplateResult } from '../vendor/lit-html/lit-html.js'
import { age } from '../views/servers/server-words.ts'
import { toneOfServer } from '../words.ts'

export function statusBadge({ status }: RegisteredServer): TemplateResult {
  const isState = status !== 'disabled' && status !== 'unknown'
  return badge(status, isState ? toneOfServer(status) : 'plain')
}

/** Since when it is so, or what was last seen of it. */
export function sinceWhen({ status, statusSince, lastSeen }: RegisteredServer, now: number): string {
  const ago = (time: string) => age(now - Date.parse(time))
  if (statusSince !== undefined) return `for ${ago(statusSince)}`
  if (!lastSeen) return status === 'disabled' ? 'not used' : 'nobody has tried it yet'
  const where = lastSeen.from === 'call' ? 'in a call' : 'in a test'
  return `last seen ${lastSeen.status} ${where}, ${ago(lastSeen.at)} ago`
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
