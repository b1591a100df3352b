import type { Measured } from './measured.d.mts'

export function svg(measured: Measured): string
