import { setImmediate } from 'node:timers/promises'

const maxBusyMs = 10

/** The same, one by one; others wait no longer for their turn than for 10 ms and one of them. */
export async function* unhurried<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  let restedAt = performance.now()
  for (const item of items) {
    yield item
    if (performance.now() - restedAt < maxBusyMs) continue
    await setImmediate()
    restedAt = performance.now()
  }
}
