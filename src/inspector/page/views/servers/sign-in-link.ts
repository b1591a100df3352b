import type { ServerView } from '../../../wire.ts'
import { html, nothing, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import { isCallRunning } from '../../voice/own-phone.ts'

/** Where the user signs in at a server that wants it, if somebody knows: a web page and nothing else. */
export function signInLink({ name, state, signInUrl }: ServerView): TemplateResult | typeof nothing {
  if (state !== 'unauthorized' || signInUrl === undefined || !URL.canParse(signInUrl)) return nothing
  const { protocol, origin, host, pathname, hash, href } = new URL(signInUrl)
  if (protocol !== 'http:' && protocol !== 'https:') return nothing
  // Another place of this very page: the fragment alone, so that it is not loaded anew, which would end its call.
  if (origin === location.origin && pathname === '/' && hash !== '')
    return html`<p class="small"><a href=${hash}>Sign in<span class="visually-hidden"> at ${name}</span></a></p>`
  const about = isCallRunning() ? ' (opens another tab; your call goes on)' : ''
  return html`<p class="small"><a href=${href} rel="noreferrer" target="_blank">Sign in at ${host}</a><span class="quiet">${about}</span></p>`
}
