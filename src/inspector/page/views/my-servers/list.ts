import type { RegisteredServer } from '../../../../registry/wire.ts'
import { pathTo } from '../../router.ts'
import { repeat } from '../../vendor/lit-html/directives/repeat.js'
import { html, nothing, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import type { App } from '../../view.ts'
import { choices } from './add.ts'
import { signInBox } from './details.ts'
import type { OwnServers } from './own-servers.ts'
import { count, problemLine, sinceWhen, statusBadge, wantsSignIn } from './words.ts'

export function list(app: App, own: OwnServers): TemplateResult {
  const servers = own.servers ?? []
  if (servers.length === 0) {
    return html`<h1>Add your first server</h1>
      <p class="lead">Your agent can use what you connect here, in your calls alone.</p>
      ${choices(own)}`
  }
  return html`
    <div class="row spread"><h1>My servers</h1><a class="button is-primary" href=${pathTo('my-servers', 'new')}>Add a server</a></div>
    ${servers.length === 1 ? nothing : html`<p class="small quiet">Where two offer a function of the same name, the first in this order keeps the name.</p>`}
    <ol class="servers">
      ${repeat(
        servers,
        ({ id }) => id,
        (server, index) => card(app, own, server, index),
      )}
    </ol>
  `
}

function card(app: App, own: OwnServers, server: RegisteredServer, index: number): TemplateResult {
  const { id, name, url, lastSeen, status } = server
  const last = (own.servers?.length ?? 0) - 1
  return html`
    <li class="card server">
      <div class="row spread"><h2><a href=${pathTo('my-servers', id)}>${name}</a></h2>${statusBadge(server)}</div>
      <p class="small quiet one-line">${new URL(url).host}</p>
      <p class="small">${sinceWhen(server, app.now())}${lastSeen && lastSeen.functions.length > 0 ? ` · ${count(lastSeen.functions.length)}` : nothing}</p>
      ${status === 'disabled' || wantsSignIn(server) || lastSeen?.problem === undefined ? nothing : html`<p class="small problem one-line" title=${lastSeen.problem}>${lastSeen.problem}</p>`}
      ${signInBox(own, server)} ${problemLine(own.problems.get(id))}
      ${
        last === 0
          ? nothing
          : html`<div class="row faults">${mover(app, own, server, -1, index === 0)} ${mover(app, own, server, 1, index === last)}</div>`
      }
    </li>
  `
}

/** It is never really disabled, for then it would lose the focus. */
function mover(
  app: App,
  own: OwnServers,
  server: RegisteredServer,
  by: -1 | 1,
  isAtEnd: boolean,
): TemplateResult {
  const where = by < 0 ? 'up' : 'down'
  const id = `${where}-${server.id}`
  const move = async () => {
    if (isAtEnd || !(await own.try(server, () => own.move(server, by)))) return
    app.announce(`${server.name} was moved ${where}.`)
    // The button goes with its card, and loses the focus on its way.
    requestAnimationFrame(() => document.getElementById(id)?.focus())
  }
  return html`<button id=${id} class="small" aria-disabled=${isAtEnd} @click=${move}>${by < 0 ? '↑ Up' : '↓ Down'}<span class="visually-hidden">: ${server.name}</span></button>`
}
