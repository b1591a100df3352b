import { type Bounds, endOf, type Position, scrolled, zoomed } from './position.ts'
import { type TimeScale, timeAt } from './time-scale.ts'

/** What hands and keys do to the window. */
export interface Gestures {
  position(): Position
  bounds(): Bounds
  scale(): TimeScale | undefined
  move(position: Position): void
}

const dragAfterPixels = 4
const linePixels = 16

/** Dragging, and the wheel: sideways or with Shift it scrolls, with Ctrl or ⌘ it zooms. */
export class PointerGestures {
  #from: { x: number; endsAt: number } | undefined
  #isDragging = false

  constructor(private readonly gestures: Gestures) {}

  readonly down = (event: PointerEvent): void => {
    if (event.button !== 0) return
    const { position, bounds } = this.gestures
    this.#from = { x: event.clientX, endsAt: endOf(position(), bounds().now) }
    this.#isDragging = false
  }

  readonly moved = (event: PointerEvent): void => {
    const scale = this.gestures.scale()
    if (!this.#from || !scale) return
    const distance = event.clientX - this.#from.x
    if (!this.#isDragging && Math.abs(distance) < dragAfterPixels) return
    if (!this.#isDragging && event.currentTarget instanceof Element) {
      event.currentTarget.setPointerCapture(event.pointerId)
    }
    this.#isDragging = true
    const { position, bounds, move } = this.gestures
    const start = { ...position(), heldAt: this.#from.endsAt }
    move(scrolled(start, -distance / scale.pixelsPerMs, bounds()))
  }

  readonly up = (): void => {
    this.#from = undefined
  }

  /** Whether a click is no more than the end of a drag. */
  get isDrag(): boolean {
    return this.#isDragging
  }

  readonly wheel = (event: WheelEvent, left: number): void => {
    const scale = this.gestures.scale()
    if (!scale) return
    const { position, bounds, move } = this.gestures
    const isZoom = event.ctrlKey || event.metaKey
    const sideways = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX
    if (!isZoom && Math.abs(sideways) <= (event.shiftKey ? 0 : Math.abs(event.deltaY))) return
    event.preventDefault()
    if (isZoom) {
      if (event.deltaY === 0) return
      move(zoomed(position(), -Math.sign(event.deltaY), bounds(), timeAt(scale, event.clientX - left)))
      return
    }
    const pixels = sideways * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? linePixels : 1)
    move(scrolled(position(), pixels / scale.pixelsPerMs, bounds()))
  }
}
