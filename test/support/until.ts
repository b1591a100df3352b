import { setTimeout as pause } from 'node:timers/promises'

const pollMs = 5

/** Waits for something that no event tells of (a file, a process); what it gives, once that is neither false nor missing. */
export async function until<Value>(
  look: () => Value | Promise<Value>,
  what: string,
  limitMs = 20_000,
): Promise<Exclude<Value, undefined | false>> {
  const endsAt = performance.now() + limitMs
  for (;;) {
    const value = await look()
    if (isThere(value)) return value
    if (performance.now() > endsAt) throw new Error(`waited ${limitMs} ms in vain: ${what}`)
    await pause(pollMs)
  }
}

function isThere<Value>(value: Value): value is Exclude<Value, undefined | false> {
  return value !== undefined && value !== false
}
