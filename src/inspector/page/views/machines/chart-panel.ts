import { createRef, ref } from '../../vendor/lit-html/directives/ref.js'
import { html, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import type { Picture } from './picture.ts'

/** As small as words can still be read. */
const readableScale = 0.8
const scaleStep = 1.25
/** Of the frame, in pixels; as in `machines.css`. */
const padding = 12
const [minScale, maxScale] = [0.25, 3]

type Zoom = 'readable' | 'whole' | number

/** The frame in which a picture stands: how large it is, and which part of it one sees. */
export class ChartPanel {
  readonly #frame = createRef<HTMLElement>()
  readonly #sizes = new ResizeObserver(() => this.#resize())
  #zoom: Zoom = 'readable'
  #picture: Picture | undefined
  /** The state that was brought into sight. */
  #lit: Element | undefined
  #settling: number | undefined

  constructor(private readonly onChange: () => void) {}

  /** `tools`: what else stands above the picture. */
  render(picture: Picture, tools: TemplateResult): TemplateResult {
    if (picture !== this.#picture) {
      this.#picture = picture
      this.#lit = undefined
    }
    // Once it stands in the page.
    this.#settling ??= requestAnimationFrame(() => this.#settle())
    return html`
      <div class="row spread chart-tools">
        ${tools}
        <div class="row" role="group" aria-label="Size">
          ${this.#choice('whole', 'Whole')} ${this.#choice('readable', 'Readable')}
          <button @click=${() => this.#scaleBy(1 / scaleStep)} aria-label="Smaller">−</button>
          <button @click=${() => this.#scaleBy(scaleStep)} aria-label="Larger">+</button>
        </div>
      </div>
      <div class="chart-frame" tabindex="0" role="region" aria-label="Statechart" ${ref(this.#frame)} ${ref(this.#watch)}>
        ${picture.element}
      </div>
    `
  }

  /** Where it can be moved with arrow keys. */
  isScrollable(target: EventTarget | null): boolean {
    const frame = this.#frame.value
    return frame !== undefined && target === frame && frame.scrollWidth > frame.clientWidth
  }

  readonly #watch = (frame: Element | undefined) => {
    this.#sizes.disconnect()
    this.#lit = undefined
    if (frame) this.#sizes.observe(frame)
  }

  #choice(zoom: Zoom, text: string): TemplateResult {
    const isChosen = this.#zoom === zoom
    return html`<button aria-pressed=${isChosen ? 'true' : 'false'} @click=${() => this.#set(zoom)}>${text}</button>`
  }

  #scaleBy(factor: number): void {
    this.#set(Math.min(maxScale, Math.max(minScale, this.#scale() * factor)))
  }

  #set(zoom: Zoom): void {
    this.#zoom = zoom
    this.#lit = undefined
    this.#resize()
    this.onChange()
  }

  /** Brings the state that is lit into sight, unless somebody looks around. */
  #settle(): void {
    this.#settling = undefined
    const lit = this.#picture?.litState
    const frame = this.#frame.value
    if (!frame || !lit || lit === this.#lit) return
    if (this.#lit === undefined) this.#resize()
    this.#lit = lit
    if (!frame.matches(':hover, :focus-visible')) bringIntoSight(lit, frame)
  }

  #resize(): void {
    if (!this.#picture) return
    const { element, size } = this.#picture
    element.style.width = `${size.width * this.#scale()}px`
    element.style.height = 'auto'
  }

  #scale(): number {
    if (typeof this.#zoom === 'number') return this.#zoom
    const frame = this.#frame.value
    if (!frame || !this.#picture) return 1
    const { width, height } = this.#picture.size
    const natural = naturalScale()
    const byWidth = Math.min(natural, roomIn(frame.clientWidth) / width)
    const byHeight = roomIn(frame.clientHeight) / height
    return this.#zoom === 'whole' ? Math.min(byWidth, byHeight) : Math.max(byWidth, readableScale * natural)
  }
}

/** On very large screens everything is larger. */
function naturalScale(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16
}

function roomIn(frameSize: number): number {
  return frameSize - 2 * padding
}

function bringIntoSight(element: Element, frame: HTMLElement): void {
  const inner = element.getBoundingClientRect()
  const outer = frame.getBoundingClientRect()
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches
  frame.scrollBy({
    left: wayTo(inner.left, inner.right, outer.left, outer.right),
    top: wayTo(inner.top, inner.bottom, outer.top, outer.bottom),
    behavior: isCalm ? 'instant' : 'smooth',
  })
}

/** To the middle; to the beginning of what is too large. */
function wayTo(begin: number, end: number, from: number, to: number): number {
  if (end - begin > to - from) return begin - from - padding
  return begin >= from && end <= to ? 0 : (begin + end - from - to) / 2
}
