import type { ActorView, StepView } from '../../../wire.ts'
import { html, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import type { App, View } from '../../view.ts'
import { ChartPanel } from './chart-panel.ts'
import { actorFor } from './choice.ts'
import { contextCard } from './context-card.ts'
import { DetailsReader } from './details.ts'
import { Gallery } from './gallery.ts'
import { history, stepButtons } from './history.ts'
import { legend } from './legend.ts'
import { machineList } from './list.ts'
import { Picture } from './picture.ts'
import { statusCard } from './status-card.ts'
import { eventWords, stateWords, titleOf } from './words.ts'

/** A step that is older when it arrives does not flash. */
const freshMs = 2_000
const countAgainMs = 200
/** State changes are told to screen readers no more often than that. */
const quietMs = 3_000

/** The statecharts of the machines that live, one at a time: as it is now, or as it was after one of its last steps. */
export class MachinesPage implements View {
  readonly name = 'machines'
  readonly label = 'Machines'
  readonly #redraw = () => this.#app?.redraw()
  readonly #gallery = new Gallery(this.#redraw)
  readonly #details = new DetailsReader(this.#redraw)
  readonly #panel = new ChartPanel(this.#redraw)
  #app: App | undefined
  /** Stays when Switchboard has forgotten it, as long as somebody looks. */
  #shown: ActorView | undefined
  /** The number of a step that is looked at. */
  #chosen: number | undefined
  #flashed = 0
  #toldState = ''
  #quietUntil = 0

  render(app: App): TemplateResult {
    if (!this.#app) document.addEventListener('keydown', this.#key)
    this.#app = app
    const { actors, calls } = app.state
    const [wanted] = app.path
    const actor = actorFor(actors, wanted, this.#shown, this.#chosen !== undefined)
    this.#show(app, actor)
    return html`
      <div class="machines">
        ${machineList({ actors, calls, chosen: wanted, shown: actor?.actorId })}
        ${actor ? this.#machine(app, actor) : html`<p class="card quiet">This machine is not there any more.</p>`}
      </div>
    `
  }

  left(app: App): void {
    document.removeEventListener('keydown', this.#key)
    this.#details.rest()
    this.#app = undefined
    this.#shown = undefined
    this.#chosen = undefined
    app.follow(undefined)
  }

  #show(app: App, actor: ActorView | undefined): void {
    const isAnother = actor?.actorId !== this.#shown?.actorId
    this.#shown = actor
    if (!isAnother) return
    this.#chosen = undefined
    this.#flashed = 0
    this.#toldState = actor ? stateWords(actor.activeStates) : ''
    this.#details.rest()
    const picture = actor && this.#gallery.of(actor.machine)
    if (picture instanceof Picture) picture.clear()
    app.follow(actor?.actorId)
  }

  #machine(app: App, actor: ActorView): TemplateResult {
    const { steps, missed } = this.#history
    const chosen = steps.find(({ number }) => number === this.#chosen)
    const newest = steps.at(-1)?.number ?? 0
    this.#details.want(actor.actorId, chosen ? { step: chosen.number } : { newest })
    this.#announce(app, actor)
    if (actor.timers.length > 0 && !chosen) app.redrawWithin(countAgainMs)
    const isForgotten = !app.state.actors.has(actor.actorId)
    return html`
      <section class="stack chart-column" aria-label=${titleOf(actor)}>
        ${statusCard({ actor, chosen, isForgotten, now: app.now() })}
        ${this.#chart(app, actor, steps, chosen)}
        ${legend}
      </section>
      <div class="stack side-column">
        ${history({ steps, missed, chosen, choose: this.#choose })}
        ${contextCard(this.#details, chosen)}
      </div>
    `
  }

  #chart(
    app: App,
    actor: ActorView,
    steps: readonly StepView[],
    chosen: StepView | undefined,
  ): TemplateResult {
    const picture = this.#gallery.of(actor.machine)
    if (!picture) return html`<p class="card quiet">The statechart is being drawn …</p>`
    if (!(picture instanceof Picture)) {
      return html`<p class="card" role="alert">
        ${picture.problem} <button @click=${() => this.#gallery.forget(actor.machine)}>Try again</button>
      </p>`
    }
    this.#light(app, picture, actor, steps, chosen)
    const tools = stepButtons({ steps, chosen, choose: this.#choose })
    return html`<div class="card chart-card">${this.#panel.render(picture, tools)}</div>`
  }

  #light(
    app: App,
    picture: Picture,
    actor: ActorView,
    steps: readonly StepView[],
    chosen: StepView | undefined,
  ): void {
    picture.light((chosen ?? actor).activeStates, chosen?.transitions ?? [])
    picture.count(chosen ? [] : actor.timers, app.now())
    const fresh = steps.filter(({ number, at }) => number > this.#flashed && app.now() - at < freshMs)
    this.#flashed = steps.at(-1)?.number ?? this.#flashed
    if (!chosen) picture.flash(fresh.flatMap(({ transitions }) => transitions))
  }

  get #history(): { steps: readonly StepView[]; missed: number } {
    const known = this.#app?.state.steps
    return known && known.actorId === this.#shown?.actorId ? known : { steps: [], missed: 0 }
  }

  readonly #choose = (step: StepView | undefined) => {
    const isPresent = step === undefined
    this.#chosen = step?.number
    this.#app?.announce(
      isPresent ? 'As it is now' : `${eventWords(step.event)}, in ${stateWords(step.activeStates)}`,
    )
    this.#redraw()
    // After the page is drawn anew.
    requestAnimationFrame(() => keepChosenInSight())
  }

  #announce(app: App, actor: ActorView): void {
    const state = stateWords(actor.activeStates)
    if (state === this.#toldState || this.#chosen !== undefined || app.now() < this.#quietUntil) return
    this.#toldState = state
    this.#quietUntil = app.now() + quietMs
    app.announce(`${titleOf(actor)}: ${state}`)
  }

  readonly #key = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
    const { target, key } = event
    if (target instanceof Element && target.closest('input, select, textarea')) return
    const { steps } = this.#history
    const index = steps.findIndex(({ number }) => number === this.#chosen)
    const isArrow = key === 'ArrowLeft' || key === 'ArrowRight'
    if ((isArrow && this.#panel.isScrollable(target)) || !(isArrow || key === 'End')) return
    if (index === -1 && key !== 'ArrowLeft') return
    event.preventDefault()
    if (key === 'End') this.#choose(undefined)
    else if (key === 'ArrowRight') this.#choose(steps[index + 1])
    else this.#choose(steps[index === -1 ? steps.length - 1 : Math.max(0, index - 1)])
  }
}

/** In its list alone: the page stays where it is. */
function keepChosenInSight(): void {
  const list = document.querySelector('.history ol')
  const item = list?.querySelector('[aria-current=step]')
  if (!list || !item) return
  const [outer, inner] = [list.getBoundingClientRect(), item.getBoundingClientRect()]
  if (inner.top < outer.top || inner.bottom > outer.bottom)
    list.scrollTop += inner.top - outer.top - outer.height / 2
}
