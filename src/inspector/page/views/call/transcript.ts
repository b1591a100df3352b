import type { CallView } from '../../../wire.ts'
import { badge } from '../../badge.ts'
import { pathTo } from '../../router.ts'
import { repeat } from '../../vendor/lit-html/directives/repeat.js'
import { html, nothing, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import type { Words } from '../../voice/transcript.ts'
import { duration, toneOfCall } from '../../words.ts'
import { effectWords, stateWords } from '../timeline/call-words.ts'

type Entry = { at: number } & ({ key: string; words: Words } | { key: string; call: CallView })

/** What both said, and in between what the agent did. */
export function transcript(words: readonly Words[], calls: readonly CallView[]): TemplateResult {
  const entries: Entry[] = [
    ...words.map((one) => ({ at: one.at, key: `${one.who} ${one.id}`, words: one })),
    ...calls.map((call) => ({ at: call.startedAt, key: call.callId, call })),
  ].sort((left, right) => left.at - right.at)
  if (entries.length === 0) return firstSteps
  return html`
    <div class="scroller" tabindex="0" role="region" aria-label="What was said">
      <ol class="transcript">
        ${repeat(
          entries,
          ({ key }) => key,
          (entry) => ('words' in entry ? utterance(entry.words) : functionCall(entry.call)),
        )}
      </ol>
    </div>
  `
}

const firstSteps = html`
  <ol class="first-steps">
    <li><div><strong>Press Call</strong><span>Your browser asks for the microphone. Without one, type.</span></div></li>
    <li><div><strong>Say one of the sentences</strong><span>What you say, what the agent does and what it answers appears here.</span></div></li>
    <li><div><strong>Look behind it</strong><span>Timeline shows each function call, Machines the statecharts that decide, Servers what is running.</span></div></li>
  </ol>
`

function utterance({ who, text, isFinal, isInterrupted }: Words): TemplateResult {
  const isNotUnderstood = who === 'caller' && isFinal && text === ''
  return html`
    <li class="utterance is-${who} ${isFinal ? '' : 'is-beginning'}">
      <span class="who">${who === 'caller' ? 'You' : 'Agent'}</span>
      <p>
        ${isNotUnderstood ? html`<em class="quiet">not understood</em>` : text}
        ${isInterrupted ? html`<em class="quiet">— interrupted</em>` : nothing}
      </p>
    </li>
  `
}

function functionCall(call: CallView): TemplateResult {
  const { callId, state, argumentsText, startedAt, endedAt } = call
  const effect = effectWords(call)
  return html`
    <li class="function-call">
      <a href=${pathTo('calls', callId)}>
        <code class="name">${call.function}</code>
        <code class="arguments">${argumentsText}</code>
        ${badge(stateWords(call), toneOfCall(state))}
        ${effect === undefined ? nothing : html`<span>${effect}</span>`}
        ${endedAt === undefined ? nothing : html`<span class="quiet">${duration(endedAt - startedAt)}</span>`}
      </a>
    </li>
  `
}
