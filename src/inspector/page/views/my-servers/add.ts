import type { Template } from '../../../../registry/wire.ts'
import { pathTo } from '../../router.ts'
import { html, nothing, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import type { Draft } from './draft.ts'
import { field } from './field.ts'
import type { OwnServers } from './own-servers.ts'
import { problemLine } from './words.ts'

/** What a server can be made from. */
export function choices({ templates }: OwnServers): TemplateResult {
  return html`<ul class="servers">
    ${templates.map(({ id, name, description, needs }) => choice(id, name, description, needsOf(needs)))}
    ${choice('address', 'Another server', 'Any MCP server with an https address.', 'Its address, and headers where it wants some.')}
  </ul>`
}

function choice(id: string, name: string, about: string, needs: string): TemplateResult {
  return html`<li class="card server">
    <h2><a href=${pathTo('my-servers', 'new', id)}>${name}</a></h2>
    <p class="words">${about}</p>
    <p class="small quiet">${needs}</p>
  </li>`
}

function needsOf(needs: Template['needs']): string {
  const given = needs.map((need) => (need.kind === 'signIn' ? 'that you sign in' : need.label))
  return given.length === 0 ? 'It needs nothing.' : `It needs: ${given.join(', ')}.`
}

/** `added`: with the new server's id. */
export function addForm(draft: Draft, added: (id: string) => void): TemplateResult {
  const { template, fields, typed, isSending, problem } = draft
  const submit = async (event: Event) => {
    event.preventDefault()
    const server = await draft.add()
    if (server) return added(server.id)
    const wrong = draft.fields.find((one) => draft.wrongWith(one) !== undefined)
    if (wrong) requestAnimationFrame(() => document.getElementById(wrong.id)?.focus())
  }
  return html`
    <nav class="small" aria-label="Back"><a href=${pathTo('my-servers', 'new')}>Other servers</a></nav>
    <h1 class="heading">Add ${template?.name ?? 'a server by its address'}</h1>
    <form class="card stack own-form" novalidate autocomplete="off" @submit=${submit}>
      ${template ? html`<p class="words">${template.description}</p>` : nothing}
      ${fields.map((one) =>
        field(one, {
          text: typed.get(one.id) ?? '',
          wrong: draft.wrongWith(one),
          onType: (text) => draft.type(one.id, text),
        }),
      )}
      ${problemLine(problem)}
      <div class="row">
        <button type="submit" class="is-primary" aria-disabled=${isSending}>${isSending ? 'Adding …' : 'Add and test'}</button>
        ${template ? nothing : html`<button type="button" @click=${() => draft.addHeader()}>Add a header</button>`}
      </div>
    </form>
  `
}
