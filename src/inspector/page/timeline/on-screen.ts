/** So much beside the screen is drawn too: scrolling does not come upon nothing. */
const margin = '400px 0px'

/** Knows which parts of a long chart are on the screen, so that others need not be drawn. */
export class OnScreen {
  /** Heights in pixels of those that are not. */
  readonly #hidden = new Map<string, number>()
  readonly #observer: IntersectionObserver
  #watched: ReadonlySet<string> = new Set()

  constructor(onChange: () => void) {
    this.#observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting, boundingClientRect } of entries) {
          const key = target.getAttribute('data-part')
          if (key === null) continue
          if (isIntersecting || !this.#watched.has(key)) this.#hidden.delete(key)
          else this.#hidden.set(key, boundingClientRect.height)
        }
        onChange()
      },
      { rootMargin: margin },
    )
  }

  /** The height to keep free; absent where it is on the screen, or nobody knows yet. */
  hiddenHeight(key: string): number | undefined {
    return this.#hidden.get(key)
  }

  /** The parts that are about to be drawn, each with its key in `data-part`. */
  watch(keys: readonly string[]): void {
    const watched = new Set(keys)
    for (const key of this.#watched) if (!watched.has(key)) this.#hidden.delete(key)
    const added = keys.filter((key) => !this.#watched.has(key))
    this.#watched = watched
    if (added.length === 0) return
    queueMicrotask(() => {
      for (const key of added) {
        const part = document.querySelector(`[data-part="${CSS.escape(key)}"]`)
        if (part) this.#observer.observe(part)
      }
    })
  }
}
