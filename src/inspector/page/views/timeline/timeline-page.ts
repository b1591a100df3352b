import type { CallView } from '../../../wire.ts'
import { pathTo } from '../../router.ts'
import { ref } from '../../vendor/lit-html/directives/ref.js'
import { html, nothing, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import type { App } from '../../view.ts'
import { clockTime } from '../../words.ts'
import { callDetails } from './call-details/call-details.ts'
import { callList } from './call-list.ts'
import { callDuration, effectWords, stateWords } from './call-words.ts'
import { chart } from './chart.ts'
import { type Drawing, drawingOf } from './drawing.ts'
import { isFiltering, noFilter } from './filter.ts'
import { filterBar } from './filter-bar.ts'
import { isLive } from './groups.ts'
import { afterKey } from './keys.ts'
import { legend } from './legend.ts'
import { OnScreen } from './on-screen.ts'
import { nextPictureMs } from './pace.ts'
import { PaperRoll } from './paper.ts'
import { PointerGestures } from './pointer-gestures.ts'
import { type Bounds, type Position, revealing } from './position.ts'
import { choose, settings } from './session-settings.ts'
import type { Settings } from './settings.ts'
import { type Shown, shownOf } from './shown.ts'
import { windowBar } from './window-bar.ts'

const firstGroups = 5
const moreGroups = 20
const firstCalls = 50
const moreCalls = 200

export class TimelinePage {
  readonly #app: App
  readonly #roll: PaperRoll
  readonly #pointer: PointerGestures
  readonly #onScreen: OnScreen
  #maxGroups = firstGroups
  #maxCalls = firstCalls
  #showsQuiet = false
  #isFilterUnfolded = false
  /** The call that the window was last moved to. */
  #revealed: string | undefined
  #drawing: Drawing | undefined
  #shown: Shown | undefined

  constructor(app: App) {
    this.#app = app
    this.#roll = new PaperRoll(() => app.redraw())
    this.#onScreen = new OnScreen(() => app.redraw())
    this.#pointer = new PointerGestures({
      position: () => settings().position,
      bounds: () => this.#bounds(),
      scale: () => this.#drawing?.scale,
      move: this.#move,
    })
  }

  render(): TemplateResult {
    const { state, path } = this.#app
    const bounds = this.#bounds()
    const selected = path[0] === undefined ? undefined : state.calls.get(path[0])
    if (selected) this.#reveal(selected, bounds)
    const { position, filter } = settings()
    const { paper } = this.#roll
    this.#drawing = paper && drawingOf(paper, position, bounds.now)
    const window = this.#drawing?.scale ?? { fromAt: bounds.now - position.spanMs, untilAt: bounds.now }
    const shown = shownOf(state, {
      filter,
      fromAt: window.fromAt,
      untilAt: window.untilAt,
      maxGroups: this.#maxGroups,
      selectedId: path[0],
      showsQuiet: this.#showsQuiet,
    })
    this.#shown = shown
    this.#pace(shown, position)
    const isOpen = path[0] !== undefined
    return html`<div class=${`timeline ${isOpen ? 'has-details' : ''}`} @keydown=${this.#escape}>
      <h1 class="visually-hidden">Timeline</h1>
      ${filterBar(state, {
        filter,
        choose: (chosen) => this.#choose({ filter: chosen }),
        isUnfolded: this.#isFilterUnfolded,
        unfold: this.#unfoldFilter,
      })}
      <div class="timeline-body">
        <section class="timeline-main card" aria-label="Chart">
          ${windowBar(position, bounds, this.#move)}
          ${this.#chart(shown, selected)}
          ${legend}
          <p class="timeline-help small quiet" id="timeline-help">In the chart: drag or ← → scroll, Ctrl + wheel or + − zoom, Space pauses, End follows now, ↑ ↓ go from call to call, Enter reads the details, Escape closes them.</p>
        </section>
        ${path[0] === undefined ? nothing : callDetails(this.#app, path[0], this.#close)}
        ${this.#list(shown, bounds.now)}
      </div>
    </div>`
  }

  #bounds(): Bounds {
    const now = this.#app.now()
    return { now, earliestAt: this.#app.state.facts?.startedAt ?? now }
  }

  #chart(shown: Shown, selected: CallView | undefined): TemplateResult {
    const drawing = this.#drawing
    return html`<div class="timeline-chart" tabindex="0" role="group" aria-label="Calls in time; the list below has the same calls" aria-describedby="timeline-help"
        @click=${this.#clicked} @keydown=${this.#keyed} @wheel=${this.#wheeled}
        @pointerdown=${this.#pointer.down} @pointermove=${this.#pointer.moved} @pointerup=${this.#pointer.up} @pointercancel=${this.#pointer.up}>
        <div class="timeline-lanes" aria-hidden="true">
          <div class="plot is-measured" ${ref(this.#roll.attach)}></div>
          ${drawing ? chart(drawing, { ...shown, selected, onScreen: this.#onScreen }) : nothing}
        </div>
      </div>
      ${shown.groups.length === 0 ? this.#emptiness(shown) : nothing}
      ${shown.moreGroups + shown.quietServers === 0 ? nothing : this.#moreButtons(shown)}`
  }

  #moreButtons({ moreGroups, quietServers }: Shown): TemplateResult {
    return html`<div class="row">
      ${moreGroups === 0 ? nothing : html`<button class="small" @click=${() => this.#more({ groups: true })}>Show more conversations (${moreGroups} more in this window)</button>`}
      ${quietServers === 0 ? nothing : html`<button class="small" @click=${() => this.#more({ quiet: true })}>Show ${quietServers} servers that were ready all the time</button>`}
    </div>`
  }

  #emptiness({ calls }: Shown): TemplateResult {
    const { filter } = settings()
    const newest = calls[0]
    if (newest) {
      return html`<p class="timeline-empty quiet">Nothing happened in this window. <a href=${pathTo('timeline', newest.callId)}>Show the newest call</a>, of ${clockTime(newest.startedAt)}.</p>`
    }
    if (isFiltering(filter)) {
      return html`<p class="timeline-empty quiet">No call passes this filter. <button class="small" @click=${() => this.#choose({ filter: noFilter })}>Show all</button></p>`
    }
    return html`<p class="timeline-empty quiet">No function was called yet. <a href="#/call">Place a call</a>, or <a href="#/functions">run a function</a>.</p>`
  }

  #list({ calls }: Shown, now: number): TemplateResult | typeof nothing {
    if (calls.length === 0) return nothing
    const more = calls.length - this.#maxCalls
    return html`<section class="timeline-calls stack" aria-labelledby="timeline-calls">
      <h2 id="timeline-calls">${counted(calls.length, this.#app.state.calls.size)}</h2>
      <div class="card call-list-card" @click=${this.#listClicked}>
        ${callList(calls.slice(0, this.#maxCalls), now, this.#app.path[0])}
        ${more <= 0 ? nothing : html`<button class="small" @click=${() => this.#more({ calls: true })}>Show more (${more} older ones)</button>`}
      </div>
    </section>`
  }

  #more({ groups, calls, quiet }: { groups?: boolean; calls?: boolean; quiet?: boolean }): void {
    if (groups) this.#maxGroups += moreGroups
    if (calls) this.#maxCalls += moreCalls
    if (quiet) this.#showsQuiet = true
    this.#app.redraw()
  }

  #pace({ groups, calls }: Shown, { heldAt }: Position): void {
    const { scale } = this.#drawing ?? {}
    if (!scale) return
    const delayMs = nextPictureMs({
      pixelsPerMs: scale.pixelsPerMs,
      isFollowing: heldAt === undefined,
      isLive: groups.some(isLive) || calls.some(({ endedAt }) => endedAt === undefined),
      wantsLessMotion: matchMedia('(prefers-reduced-motion: reduce)').matches,
    })
    if (delayMs !== undefined) this.#app.redrawWithin(delayMs)
  }

  #reveal({ callId, startedAt, endedAt }: CallView, bounds: Bounds): void {
    if (callId === this.#revealed) return
    this.#revealed = callId
    choose({ position: revealing(settings().position, startedAt, endedAt ?? bounds.now, bounds) })
  }

  #choose(part: Partial<Settings>): void {
    choose(part)
    this.#app.redraw()
  }

  readonly #move = (position: Position): void => this.#choose({ position })

  readonly #unfoldFilter = (isUnfolded: boolean): void => {
    this.#isFilterUnfolded = isUnfolded
    this.#app.redraw()
  }

  readonly #clicked = (event: MouseEvent): void => {
    const callId = callAt(event.target, 'call')
    if (callId !== undefined && !this.#pointer.isDrag) this.#open(callId)
  }

  /** The link itself leads there; the focus goes along. */
  readonly #listClicked = (event: MouseEvent): void => {
    const callId = callAt(event.target, 'callRow')
    if (callId === undefined || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    this.#open(callId)
  }

  readonly #wheeled = (event: WheelEvent): void => {
    const plot = document.querySelector('.timeline-chart .is-measured')
    if (plot) this.#pointer.wheel(event, plot.getBoundingClientRect().left)
  }

  readonly #keyed = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const callId = this.#app.path[0]
    if (event.key === 'Enter' && callId !== undefined) focusOn('#call-details-name')
    else if (event.key === 'ArrowUp' || event.key === 'ArrowDown')
      this.#step(event.key === 'ArrowDown' ? 1 : -1)
    else {
      const next = afterKey(event.key, settings().position, this.#bounds())
      if (!next) return
      this.#move(next)
    }
    event.preventDefault()
  }

  readonly #escape = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && this.#app.path[0] !== undefined) this.#close()
  }

  /** To the next older call, or to a newer one. */
  #step(by: 1 | -1): void {
    const calls = this.#shown?.calls ?? []
    const index = calls.findIndex(({ callId }) => callId === this.#app.path[0])
    const next = calls[index === -1 ? 0 : index + by]
    if (!next) return
    location.hash = pathTo('timeline', next.callId)
    const words = [next.function, stateWords(next), effectWords(next), callDuration(next, this.#app.now())]
    this.#app.announce(words.filter(Boolean).join(', '))
  }

  #open(callId: string): void {
    if (callId === this.#app.path[0]) {
      focusOn('#call-details-name')
      return
    }
    location.hash = pathTo('timeline', callId)
    afterDrawing(() => focusOn('#call-details-name'))
  }

  readonly #close = (): void => {
    const callId = this.#app.path[0]
    const isChart = document.activeElement?.classList.contains('timeline-chart') === true
    location.hash = pathTo('timeline')
    if (callId === undefined || isChart) return
    afterDrawing(() => focusOn(`[data-call-row="${CSS.escape(callId)}"]`) || focusOn('.timeline-chart'))
  }
}

function counted(passing: number, all: number): string {
  if (passing === all) return all === 1 ? '1 call' : `${all} calls`
  return `${passing} of ${all} calls`
}

function callAt(target: EventTarget | null, key: 'call' | 'callRow'): string | undefined {
  const selector = key === 'call' ? '[data-call]' : '[data-call-row]'
  const found = target instanceof Element ? target.closest<HTMLElement | SVGElement>(selector) : undefined
  return found?.dataset[key]
}

function focusOn(selector: string): boolean {
  const found = document.querySelector<HTMLElement>(selector)
  found?.focus()
  return found !== null
}

/** A new address is told in a task of its own, and drawn with the frame after. */
function afterDrawing(work: () => void): void {
  addEventListener('hashchange', () => requestAnimationFrame(() => requestAnimationFrame(work)), {
    once: true,
  })
}
