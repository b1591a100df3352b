/** An empty variable counts as not set, so that `"${NAME:-}"` in a configuration file means "unless given". */
export function environment(name: string): string | undefined {
  const value = process.env[name]?.trim()
  return value === '' ? undefined : value
}

export function environmentMs(name: string, defaultMs: number): number {
  const value = Number(environment(name))
  return Number.isInteger(value) && value > 0 ? value : defaultMs
}

/** 8000 → "8 seconds". */
export function seconds(durationMs: number): string {
  const count = Math.round(durationMs / 100) / 10
  return count === 1 ? '1 second' : `${count} seconds`
}
