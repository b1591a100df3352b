import { badge } from './badge.ts'
import { pathTo } from './router.ts'
import { nextTheme, theme } from './theme.ts'
import { html, nothing, type TemplateResult } from './vendor/lit-html/lit-html.js'
import type { App, View } from './view.ts'

const mark = html`<svg viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round">
  <circle cx="6" cy="6" r="2.5" /><circle cx="18" cy="6" r="2.5" /><circle cx="6" cy="18" r="2.5" /><circle cx="18" cy="18" r="2.5" />
  <path d="M8 8c4 3 4 5 8 8" />
</svg>`

/** What stands around every view. */
export function shell(app: App, views: readonly View[], current: View): TemplateResult {
  return html`
    <a class="skip" href="#content" @click=${toContent}>Skip to the content</a>
    <header class="top">
      <a class="brand" href="#/">${mark}<span>Switchboard</span></a>
      <nav aria-label="Views">
        <ul class="views">
          ${views
            .filter(({ isThere }) => isThere?.(app.state) ?? true)
            .map(
              (view) =>
                html`<li><a href=${pathTo(view.name)} aria-current=${view === current ? 'page' : nothing}>${view.label}</a></li>`,
            )}
        </ul>
      </nav>
      <div class="end">
        ${summary(app)}
        <button class="is-quiet small" @click=${() => changeTheme(app)} title="Auto, light or dark">
          Theme: ${theme()}
        </button>
      </div>
    </header>
    ${notice(app)}
    <main id="content" tabindex="-1">${app.state.facts ? current.render(app) : html`<p class="quiet">Connecting …</p>`}</main>
  `
}

function summary({ state }: App): TemplateResult {
  if (!state.isConnected) return badge('not connected', 'bad')
  const servers = [...state.servers.values()]
  if (servers.length === 0) return html``
  const ready = servers.filter((server) => server.state === 'ready').length
  return badge(`${ready} of ${servers.length} servers ready`, ready === servers.length ? 'good' : 'warn')
}

function notice({ state }: App): TemplateResult | typeof nothing {
  if (state.isRefused) {
    return html`<div class="notice" role="status">This page is not let in any more: Switchboard was started anew. Open the address that it has printed now.</div>`
  }
  if (state.facts && !state.isConnected) {
    return html`<div class="notice" role="status">The connection to Switchboard is lost; what you see is what was known. Connecting again …</div>`
  }
  const warnings = state.facts?.warnings ?? []
  return warnings.length === 0 ? nothing : html`<div class="notice" role="status">${warnings.join(' ')}</div>`
}

function changeTheme(app: App): void {
  nextTheme()
  app.redraw()
}

/** A fragment would be taken for the address of a view. */
function toContent(event: Event): void {
  event.preventDefault()
  document.querySelector<HTMLElement>('#content')?.focus()
}
