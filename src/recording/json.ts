/** Of what is nested more deeply, it is only said that it is. */
const maxDepth = 100

/** What JSON makes of a value; what it cannot hold (a caller's arguments may be anything) is named instead. */
export function jsonOf(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value))
  } catch {
    const above: unknown[] = []
    const text = JSON.stringify(value, function (this: unknown, _, inner: unknown) {
      if (typeof inner === 'bigint') return `[${inner}n]`
      if (typeof inner !== 'object' || inner === null) return inner
      above.splice(above.indexOf(this) + 1)
      if (above.includes(inner)) return '[circular]'
      if (above.length > maxDepth) return '[nested more deeply]'
      above.push(inner)
      return inner
    })
    return JSON.parse(text)
  }
}
