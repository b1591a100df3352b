import type { CallView } from '../../../wire.ts'
import { badge } from '../../badge.ts'
import { pathTo } from '../../router.ts'
import { guard } from '../../vendor/lit-html/directives/guard.js'
import { repeat } from '../../vendor/lit-html/directives/repeat.js'
import { html, nothing, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import { clockTime, toneOfCall } from '../../words.ts'
import { callDuration, effectWords, stateWords } from './call-words.ts'
import { isRunning } from './filter.ts'
import { icon } from './icons.ts'
import { breakableName } from './names.ts'

/** `calls`: the newest first. */
export function callList(
  calls: readonly CallView[],
  now: number,
  selectedId: string | undefined,
): TemplateResult {
  return html`<ol class="call-list" @keydown=${betweenRows}>
    ${repeat(
      calls,
      ({ callId }) => callId,
      (call) => {
        const isSelected = call.callId === selectedId
        const draw = () => row(call, now, isSelected)
        return isRunning(call) ? draw() : guard([call, isSelected], draw)
      },
    )}
  </ol>`
}

function row(call: CallView, now: number, isSelected: boolean): TemplateResult {
  const { callId, state, server, attempts, startedAt, argumentsText } = call
  const effect = effectWords(call)
  return html`<li class="call-row">
    <a href=${pathTo('timeline', callId)} data-call-row=${callId} aria-current=${isSelected ? 'true' : nothing}>
      <span class="state">${icon(state)}${badge(stateWords(call), toneOfCall(state))}</span>
      <span class="function">${breakableName(call.function)}</span>
      <span class="server">${server ?? html`<span class="quiet">no server</span>`}${attempts.length > 1 ? html` <span class="quiet">${attempts.length} attempts</span>` : nothing}</span>
      <span class="gist">${effect ?? html`<span class="mono">${argumentsText}</span>`}</span>
      <span class="started">${clockTime(startedAt)}</span>
      <span class="duration">${callDuration(call, now)}</span>
    </a>
  </li>`
}

/** The arrow keys go from row to row. */
function betweenRows(event: KeyboardEvent): void {
  if (!(event.target instanceof Element)) return
  const item = event.target.closest('li')
  const next =
    event.key === 'ArrowDown'
      ? item?.nextElementSibling
      : event.key === 'ArrowUp'
        ? item?.previousElementSibling
        : undefined
  const link = next?.querySelector('a')
  if (!link) return
  event.preventDefault()
  link.focus()
}
