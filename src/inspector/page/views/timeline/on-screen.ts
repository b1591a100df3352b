/** So much beside the screen is drawn too: scrolling does not come upon nothing. */
const margin = '400px 0px'

type Attach = (element: Element | undefined) => void

/** Knows which parts of a long chart are on the screen, so that others need not be drawn. */
export class OnScreen {
  /** Heights in pixels of those that are not. */
  readonly #hidden = new Map<string, number>()
  readonly #observer: IntersectionObserver
  readonly #keys = new WeakMap<Element, string>()
  readonly #attaches = new Map<string, Attach>()

  constructor(onChange: () => void) {
    this.#observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting, boundingClientRect } of entries) {
          const key = this.#keys.get(target)
          // One that has gone from the page has no height.
          if (key === undefined || !target.isConnected) continue
          if (isIntersecting) this.#hidden.delete(key)
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

  /** Is given the element of a part when it comes, and nothing when it goes; the same for a part as long as it is there. */
  attach(key: string): Attach {
    const known = this.#attaches.get(key)
    if (known) return known
    let present: Element | undefined
    const attach: Attach = (element) => {
      if (present) {
        this.#observer.unobserve(present)
        this.#keys.delete(present)
      }
      present = element
      if (element) {
        this.#keys.set(element, key)
        this.#observer.observe(element)
        return
      }
      this.#hidden.delete(key)
      this.#attaches.delete(key)
    }
    this.#attaches.set(key, attach)
    return attach
  }
}
