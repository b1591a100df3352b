import type { Row } from './measured.d.mts'

export function table(title: string, rows: Row[]): string
