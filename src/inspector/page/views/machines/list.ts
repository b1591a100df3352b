import type { ActorView, CallView } from '../../../wire.ts'
import { pathTo } from '../../router.ts'
import { guard } from '../../vendor/lit-html/directives/guard.js'
import { repeat } from '../../vendor/lit-html/directives/repeat.js'
import { html, nothing, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import { clockTime } from '../../words.ts'
import { newestCall, newestCallPath } from './choice.ts'
import { stateWords } from './words.ts'

const maxConversations = 30
const maxCallsEach = 12

export interface MachineList {
  actors: ReadonlyMap<string, ActorView>
  calls: ReadonlyMap<string, CallView>
  /** What stands in the address. */
  chosen: string | undefined
  shown: string | undefined
}

/** All machines that live or have just ended: the supervisor, servers, conversations with what belongs to them. */
export function machineList(list: MachineList): TemplateResult {
  const all = [...list.actors.values()]
  const shared = all.filter(({ conversationId }) => conversationId === undefined)
  const conversations = all.filter(({ machine }) => machine === 'conversation').reverse()
  const older = conversations.length - maxConversations
  const isListed = ({ isDone, actorId }: ActorView) => !isDone || actorId === list.shown
  const of = (machine: ActorView['machine']) =>
    shared.filter((actor) => actor.machine === machine && isListed(actor))
  const servers = of('server')
  return html`
    <nav class="card machine-list" aria-label="Machines">
      ${all.some(({ machine }) => machine === 'call') ? html`<ul>${newest(list)}</ul>` : nothing}
      <ul>${items(of('supervisor'), list)}</ul>
      ${servers.length === 0 ? nothing : html`<h2>Servers</h2><ul>${items(servers, list)}</ul>`}
      <h2>Conversations</h2>
      ${conversations.length === 0 ? html`<p class="quiet small">None yet. Place a call to see one.</p>` : nothing}
      <ul>
        ${repeat(
          conversations.slice(0, maxConversations),
          ({ actorId }) => actorId,
          (conversation) => html`<li>${link(conversation, list)}${within(conversation, all, list)}</li>`,
        )}
      </ul>
      ${older > 0 ? html`<p class="quiet small">and ${older} older ones</p>` : nothing}
    </nav>
  `
}

function within({ conversationId }: ActorView, all: readonly ActorView[], list: MachineList): TemplateResult {
  const own = all.filter((actor) => actor.conversationId === conversationId)
  const servers = own.filter(({ machine }) => machine === 'supervisor' || machine === 'server')
  const calls = own.filter(({ machine }) => machine === 'call').reverse()
  const older = calls.length - maxCallsEach
  return html`
    <ul>${items([...servers, ...calls.slice(0, maxCallsEach)], list)}</ul>
    ${older > 0 ? html`<p class="quiet small">and ${older} older calls</p>` : nothing}
  `
}

function items(actors: readonly ActorView[], list: MachineList): unknown {
  return repeat(
    actors,
    ({ actorId }) => actorId,
    (actor) => html`<li>${link(actor, list)}</li>`,
  )
}

function newest({ actors, chosen }: MachineList): TemplateResult {
  const call = newestCall(actors)
  return html`<li>
    <a href=${pathTo('machines', newestCallPath)} aria-current=${chosen === newestCallPath ? 'page' : nothing}>
      <span>Follow the newest call</span>
      <span class="state">${call?.label ?? ''}</span>
    </a>
  </li>`
}

function link(actor: ActorView, { calls, chosen, shown }: MachineList): unknown {
  const isShown = actor.actorId === shown
  const isChosen = actor.actorId === chosen
  const startedAt = actor.callId === undefined ? undefined : calls.get(actor.callId)?.startedAt
  return guard([actor, isShown, isChosen, startedAt], () => {
    const state = stateWords(actor.activeStates)
    return html`<a
      class="${isShown ? 'is-shown' : ''} ${actor.isDone ? 'is-done' : ''}"
      href=${pathTo('machines', actor.actorId)}
      aria-current=${isChosen ? 'page' : nothing}
    >
      <span>${actor.label}${startedAt === undefined ? nothing : html` <time class="quiet">${clockTime(startedAt)}</time>`}</span>
      <span class="state">${actor.isDone && state === '' ? 'ended' : state}</span>
    </a>`
  })
}
