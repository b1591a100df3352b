import type { Measured } from './measured.d.mts'

export function markdown(measured: Measured): string
