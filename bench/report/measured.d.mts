/** A line of the table. `raw`: of an SDK alone in the same run. `bound`: in words; empty where there is none. */
export interface Row {
  name: string
  unit: 'ms' | '/s' | 'KiB' | '%' | '×' | ''
  raw?: number
  ours: number
  worst?: number
  bound: string
  ok: boolean
}

/** What docs/measurements.json holds. */
export interface Measured {
  date: string
  node: string
  platform: string
  cpu: string
  cores: number
  /** Of the last minute before it began. */
  loadAverage: number
  command: string
  ok: boolean
  groups: { name: string; title: string; about: string; rows: Row[] }[]
}
