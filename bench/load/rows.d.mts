import type { Row } from '../report/measured.d.mts'

interface Times {
  p50: number
  p99: number
  cpuMs: number
}

export function callRows(measured: { over: string; era: string; raw: Times; ours: Times }[]): Row[]
export function scalingRows(measured: { of: string; count: number; raw: number; ours: number }[]): Row[]
