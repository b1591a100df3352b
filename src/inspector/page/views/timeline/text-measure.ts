import type { Measure } from './text-fit.ts'

const maxKnown = 4_000

/** Measures on a canvas, which costs no layout, and remembers. `size`: of the font, in pixels. */
export function textMeasure(family: string, size: number): Measure {
  const context = document.createElement('canvas').getContext('2d')
  const known = new Map<string, number>()
  return (text, style = 'plain') => {
    const key = `${style} ${text}`
    const found = known.get(key)
    if (found !== undefined) return found
    if (known.size >= maxKnown) known.clear()
    if (context) context.font = `${style === 'strong' ? 600 : 400} ${size}px ${family}`
    const width = context?.measureText(text).width ?? text.length * size * 0.6
    known.set(key, width)
    return width
  }
}
