import type { FunctionInfo } from '../../../../contract/protocol.ts'
import { badge } from '../../badge.ts'
import { printed } from '../../printed.ts'
import { pathTo } from '../../router.ts'
import { html, nothing, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import type { App } from '../../view.ts'
import { duration } from '../../words.ts'
import type { OpenedFunction } from './opened-function.ts'
import { outcomeView, questionView } from './outcome.ts'
import { fieldsView, idOf } from './schema-form/form.ts'

const runningHoldsMs = 100

export function functionDetails(app: App, opened: OpenedFunction): TemplateResult {
  const { name, info, problem, conversationId } = opened
  return html`
    <nav class="small" aria-label="Back"><a href=${pathTo('functions')}>All functions</a></nav>
    <div class="row heading"><h1><code>${name}</code></h1>${info && callable(app, opened)}</div>
    ${problem === undefined ? nothing : html`<p class="problem" role="alert">${problem}</p>`}
    ${
      info
        ? html`<div class="function-details">
            <section class="card stack" aria-labelledby="about"><h2 id="about">What it is</h2>${about(info, conversationId)}</section>
            <section class="card stack" aria-labelledby="run"><h2 id="run">Run it</h2>${form(app, opened)}</section>
          </div>`
        : nothing
    }
  `
}

/** As the list has it, which is told of each change. */
function callable(app: App, { name, conversationId }: OpenedFunction): TemplateResult {
  const isCallable = app.state.functions.some(
    (one) => one.name === name && one.conversationId === conversationId && one.callable,
  )
  return isCallable ? badge('callable', 'good') : badge('not callable now', 'warn')
}

function about(
  { title, description, servers, inputSchema }: FunctionInfo,
  conversationId: string | undefined,
): TemplateResult {
  const own = conversationId === undefined ? [] : [conversationId]
  return html`
    ${title === undefined ? nothing : html`<p class="words"><strong>${title}</strong></p>`}
    ${description === '' ? html`<p class="quiet">Its server does not describe it.</p>` : html`<p class="words">${description}</p>`}
    <p class="small">
      <span class="quiet">Offered by</span>
      ${servers.map((server) => html` <a href=${pathTo('servers', server, ...own)}>${server}</a>`)}
    </p>
    <details>
      <summary>Schema of its arguments</summary>
      ${printed(inputSchema, 'Schema')}
    </details>
  `
}

function form(app: App, opened: OpenedFunction): TemplateResult {
  const { run, fields } = opened
  const isRunning = run.state === 'running'
  if (isRunning) app.redrawWithin(runningHoldsMs)
  const submit = (event: Event) => {
    event.preventDefault()
    if (!opened.submit()) focusOnProblem(opened)
  }
  return html`
    <form class="stack" novalidate @submit=${submit} @keydown=${submitWithEnter}>
      ${opened.isJson || !fields ? jsonField(opened) : argumentFields(opened)}
      <div class="row">
        <button id="run-it" type="submit" class="is-primary" aria-disabled=${isRunning ? 'true' : 'false'}>${isRunning ? 'Running …' : 'Run it'}</button>
        ${isRunning ? html`<button type="button" @click=${() => opened.cancel()}>Cancel</button>` : nothing}
        ${
          fields && fields.length > 0
            ? html`<button type="button" class="is-quiet small" @click=${() => opened.writeJson(!opened.isJson)}>
                ${opened.isJson ? 'Use the fields' : 'Write JSON instead'}
              </button>`
            : nothing
        }
      </div>
    </form>
    ${result(opened)}
  `
}

function argumentFields(opened: OpenedFunction): TemplateResult {
  const { fields = [], typed, problems } = opened
  if (fields.length === 0) return html`<p class="quiet">It takes no arguments.</p>`
  return html`
    ${fieldsView({ fields, typed, problems, onType: (name, text) => opened.type(name, text) })}
    ${fields.some(({ kind }) => kind === 'text') ? html`<p class="small quiet">In a text, Enter runs it; Shift and Enter begin a new line.</p>` : nothing}
    ${problems.size === 0 ? nothing : html`<p class="problem small" role="alert">${wordsOfProblems(problems.size)}</p>`}
  `
}

function wordsOfProblems(count: number): string {
  return count === 1
    ? 'One argument cannot be used as it is.'
    : `${count} arguments cannot be used as they are.`
}

function jsonField(opened: OpenedFunction): TemplateResult {
  const { json, jsonProblem } = opened
  const type = (event: Event) => {
    if (event.target instanceof HTMLTextAreaElement) opened.typeJson(event.target.value)
  }
  return html`
    <div class="field ${jsonProblem === undefined ? '' : 'is-wrong'}">
      <label for="arguments">Arguments, as JSON</label>
      <textarea id="arguments" class="mono" rows="6" spellcheck="false" .value=${json} @input=${type}
        aria-invalid=${jsonProblem === undefined ? 'false' : 'true'}
        aria-describedby=${jsonProblem === undefined ? nothing : 'arguments-problem'}></textarea>
      ${jsonProblem === undefined ? nothing : html`<p class="small problem" id="arguments-problem" role="alert">${jsonProblem}</p>`}
    </div>
  `
}

function result(opened: OpenedFunction): TemplateResult | typeof nothing {
  const { run } = opened
  switch (run.state) {
    case 'idle':
      return nothing
    case 'running':
      return html`<p class="quiet">Running for ${duration(Date.now() - run.startedAt)}</p>`
    case 'failed':
      return html`<p class="problem">${run.message}</p>`
    case 'ended': {
      const { outcome } = run
      if (outcome.ok || outcome.error.code !== 'confirmation_required') return outcomeView(outcome)
      const { message } = outcome.error
      return questionView({ message, ...answersOf(opened) })
    }
  }
}

/** The question goes, and the focus must not go with it. */
function answersOf(opened: OpenedFunction): { confirm(): void; decline(): void } {
  const leave = () => document.getElementById('run-it')?.focus()
  return {
    confirm: () => {
      leave()
      opened.confirm()
    },
    decline: () => {
      leave()
      opened.decline()
    },
  }
}

/** In a text, Shift and Enter begin a new line. */
function submitWithEnter(event: KeyboardEvent): void {
  const { target } = event
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
  if (!(target instanceof HTMLTextAreaElement) || target.rows > 1) return
  event.preventDefault()
  target.form?.requestSubmit()
}

function focusOnProblem({ problems, jsonProblem }: OpenedFunction): void {
  const [name] = problems.keys()
  const id = name === undefined ? 'arguments' : idOf(name)
  if (name === undefined && jsonProblem === undefined) return
  document.getElementById(id)?.focus()
}
