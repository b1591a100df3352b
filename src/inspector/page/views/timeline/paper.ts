import type { Measure } from './text-fit.ts'
import { textMeasure } from './text-measure.ts'

/** What is drawn on, measured when it changes and not while drawing. In pixels. */
export interface Paper {
  width: number
  /** 16 on most screens; everything that is drawn grows with it. */
  rem: number
  measure: Measure
}

/** Of the text in the chart, in rem. */
export const fontSize = 0.75

/** Follows the size of an element. */
export class PaperRoll {
  paper: Paper | undefined
  #element: Element | undefined
  readonly #observer: ResizeObserver

  constructor(onChange: () => void) {
    this.#observer = new ResizeObserver((entries) => {
      const width = Math.floor(entries.at(-1)?.contentRect.width ?? 0)
      const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
      if (width === 0 || (width === this.paper?.width && rem === this.paper.rem)) return
      const isSameFont = this.paper?.rem === rem
      const family = getComputedStyle(document.body).fontFamily
      const measure = isSameFont && this.paper ? this.paper.measure : textMeasure(family, rem * fontSize)
      this.paper = { width, rem, measure }
      onChange()
    })
  }

  /** For lit's `ref`. */
  readonly attach = (element: Element | undefined): void => {
    if (element === this.#element) return
    this.#observer.disconnect()
    this.#element = element
    if (element) this.#observer.observe(element)
  }
}
