import type { Point, Rectangle } from './geometry.ts'
import { rounded } from './xml.ts'

const cornerRadius = 8
const headLength = 8
const headWidth = 7

/** A line with round corners through the points, to where the arrow's head begins; broken where its label stands on it. */
export function linePath(points: readonly Point[], label?: Rectangle): string {
  const line = withoutHead(points)
  const parts = label ? aroundLabel(line, label) : [line]
  return parts.map(roundedPath).join('')
}

/** The triangle at the last of the points. */
export function headPath(points: readonly Point[]): string {
  const [before, tip] = points.slice(-2)
  if (!before || !tip) return ''
  const base = towards(tip, before, headLength)
  const half = headWidth / 2 / headLength
  const across = { x: (tip.y - base.y) * half, y: (base.x - tip.x) * half }
  const left = { x: base.x + across.x, y: base.y + across.y }
  const right = { x: base.x - across.x, y: base.y - across.y }
  return `M${at(tip)}L${at(left)}L${at(right)}Z`
}

function withoutHead(points: readonly Point[]): Point[] {
  const [before, tip] = points.slice(-2)
  return before && tip ? [...points.slice(0, -1), towards(tip, before, headLength - 1)] : [...points]
}

function aroundLabel(points: Point[], { x, y, width, height }: Rectangle): Point[][] {
  for (const [index, to] of points.entries()) {
    const from = points[index - 1]
    if (!from || from.x !== to.x || from.x < x || from.x > x + width) continue
    const [enter, leave] = from.y < to.y ? [y, y + height] : [y + height, y]
    if ((enter - from.y) * (enter - to.y) >= 0 || (leave - from.y) * (leave - to.y) >= 0) continue
    return [
      [...points.slice(0, index), { x: to.x, y: enter }],
      [{ x: to.x, y: leave }, ...points.slice(index)],
    ]
  }
  return [points]
}

function roundedPath([first, ...rest]: Point[]): string {
  if (!first) return ''
  const parts = [`M${at(first)}`]
  let from = first
  for (const [index, corner] of rest.entries()) {
    const next = rest[index + 1]
    if (!next) parts.push(`L${at(corner)}`)
    else {
      const radius = Math.min(cornerRadius, distance(from, corner) / 2, distance(corner, next) / 2)
      parts.push(`L${at(towards(corner, from, radius))}Q${at(corner)} ${at(towards(corner, next, radius))}`)
      from = corner
    }
  }
  return parts.join('')
}

function towards(from: Point, to: Point, length: number): Point {
  const share = length / Math.max(distance(from, to), 0.01)
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share }
}

function distance(one: Point, other: Point): number {
  return Math.hypot(one.x - other.x, one.y - other.y)
}

function at({ x, y }: Point): string {
  return `${rounded(x)} ${rounded(y)}`
}
