import type { ServerView } from '../wire.ts'
import { html, nothing, type TemplateResult } from './vendor/lit-html/lit-html.js'

/** Where the user signs in at a server that wants it, if somebody knows: a web page and nothing else. */
export function signInLink({ state, signInUrl }: ServerView): TemplateResult | typeof nothing {
  if (state !== 'unauthorized' || signInUrl === undefined || !URL.canParse(signInUrl)) return nothing
  const { protocol, host, href } = new URL(signInUrl)
  if (protocol !== 'http:' && protocol !== 'https:') return nothing
  // To leave this page would end its call; a place of its own does not.
  const target = host === location.host ? nothing : '_blank'
  return html`<p class="small"><a href=${href} rel="noreferrer" target=${target}>Sign in at ${host}</a></p>`
}
