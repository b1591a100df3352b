import { pathTo } from '../router.ts'
import { keyed } from '../vendor/lit-html/directives/keyed.js'
import { html, type TemplateResult } from '../vendor/lit-html/lit-html.js'
import type { App, View } from '../view.ts'
import { addForm, choices } from './my-servers/add.ts'
import { details } from './my-servers/details.ts'
import { Draft } from './my-servers/draft.ts'
import { list } from './my-servers/list.ts'
import type { OwnServers } from './my-servers/own-servers.ts'
import { leavePageServers, pageServers } from './my-servers/page-servers.ts'
import { problemLine } from './my-servers/words.ts'

const agesHoldMs = 1_000

/** What was typed stays while somebody looks at another view. */
let draft: { choice: string; draft: Draft } | undefined

/** `#/my-servers`, `#/my-servers/ID`, `#/my-servers/new`, and `#/my-servers/new/TEMPLATE` or `…/address`. */
function render(app: App): TemplateResult {
  if (!app.state.facts?.hasRegistry)
    return html`<h1>My servers</h1><p>This page has no registry: open it with --registry.</p>`
  const own = pageServers(app)
  app.redrawWithin(agesHoldMs)
  const { problem, servers } = own
  return html`${problemLine(problem)}${servers ? place(app, own) : html`<h1>My servers</h1><p class="quiet">Asking …</p>`}`
}

function place(app: App, known: OwnServers): TemplateResult {
  const [id, choice] = app.path
  if (id === undefined) return list(app, known)
  if (id === 'new') return choice === undefined ? choosing(known) : adding(app, known, choice)
  const server = known.get(id)
  return server ? html`${keyed(id, details(app, known, server))}` : missing('server')
}

function choosing(known: OwnServers): TemplateResult {
  return html`
    <nav class="small" aria-label="Back"><a href=${pathTo('my-servers')}>All my servers</a></nav>
    <h1 class="heading">Add a server</h1>
    ${choices(known)}
  `
}

function adding(app: App, known: OwnServers, choice: string): TemplateResult {
  const template = known.templates.find(({ id }) => id === choice)
  if (!template && choice !== 'address') return missing('template')
  if (draft?.choice !== choice) draft = { choice, draft: new Draft(template, () => app.redraw()) }
  return html`${keyed(
    choice,
    addForm(draft.draft, (id) => {
      draft = undefined
      location.hash = pathTo('my-servers', id)
      void known.test(id)
    }),
  )}`
}

function missing(what: string): TemplateResult {
  return html`<h1>My servers</h1><p>There is no such ${what}. <a href=${pathTo('my-servers')}>All my servers</a></p>`
}

export const myServersView: View = {
  name: 'my-servers',
  label: 'My servers',
  isThere: ({ facts }) => facts?.hasRegistry ?? false,
  render,
  left: leavePageServers,
}
