import type { StepView } from '../../../wire.ts'
import { guard } from '../../vendor/lit-html/directives/guard.js'
import { repeat } from '../../vendor/lit-html/directives/repeat.js'
import { html, nothing, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import { breakableName } from '../timeline/names.ts'
import { eventWords, preciseTime, stateWords } from './words.ts'

/** That many stand in the list at once. */
const maxShown = 150

export interface History {
  steps: readonly StepView[]
  /** How many came before them that are not known. */
  missed: number
  /** Absent while the present is looked at. */
  chosen: StepView | undefined
  choose(step: StepView | undefined): void
}

export function history({ steps, missed, chosen, choose }: History): TemplateResult {
  const end = chosen ? Math.min(steps.length, steps.indexOf(chosen) + maxShown / 2) : steps.length
  const begin = Math.max(0, end - maxShown)
  const shown = steps.slice(begin, end).reverse()
  const earlier = begin + missed
  return html`
    <section class="card history" aria-labelledby="history-title">
      <h2 id="history-title">History</h2>
      ${steps.length === 0 ? html`<p class="quiet small">Nothing has happened to it since this page looks.</p>` : nothing}
      ${end < steps.length ? html`<p class="quiet small">${steps.length - end} later steps</p>` : nothing}
      <ol reversed start=${end}>
        ${repeat(
          shown,
          ({ number }) => number,
          (step, index) => {
            const before = shown[index + 1]
            return guard([step, before, step === chosen], () => item(step, before, step === chosen, choose))
          },
        )}
      </ol>
      ${earlier > 0 ? html`<p class="quiet small">${earlier} earlier steps</p>` : nothing}
    </section>
  `
}

export function stepButtons({ steps, chosen, choose }: Omit<History, 'missed'>): TemplateResult {
  const index = chosen ? steps.indexOf(chosen) : steps.length
  const isFirst = index <= 0
  return html`
    <div class="row" role="group" aria-label="Steps">
      <button ?disabled=${isFirst} @click=${() => choose(steps[index - 1])} title="Earlier (←)">
        <span aria-hidden="true">←</span> Earlier
      </button>
      <button ?disabled=${!chosen} @click=${() => choose(steps[index + 1])} title="Later (→)">
        Later <span aria-hidden="true">→</span>
      </button>
      <button class=${chosen ? 'is-primary' : ''} ?disabled=${!chosen} @click=${() => choose(undefined)} title="Back to now (End)">
        Now
      </button>
    </div>
  `
}

function item(
  step: StepView,
  before: StepView | undefined,
  isChosen: boolean,
  choose: History['choose'],
): TemplateResult {
  const state = stateWords(step.activeStates)
  const isElsewhere = before ? stateWords(before.activeStates) !== state : hasMoved(step)
  return html`<li>
    <button class="step" aria-current=${isChosen ? 'step' : nothing} @click=${() => choose(step)}>
      <time>${preciseTime(step.at)}</time>
      <code>${eventWords(step.event)}</code>
      ${isElsewhere ? html`<span class="state">→&nbsp;${breakableName(state)}</span>` : nothing}
    </button>
  </li>`
}

/** As far as one can tell from a step alone. */
function hasMoved({ event, transitions, activeStates }: StepView): boolean {
  const sources = transitions.map((id) => id.slice(0, id.indexOf('/')))
  return event === 'xstate.init' || sources.some((id) => id.includes('.') && !activeStates.includes(id))
}
