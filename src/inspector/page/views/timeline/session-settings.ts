import { readSettings, type Settings } from './settings.ts'

const key = 'switchboard.timeline'

/** Of this page alone: another one beside it may look at something else. */
let current: Settings | undefined

export function settings(): Settings {
  current ??= readSettings(sessionStorage.getItem(key))
  return current
}

export function choose(part: Partial<Settings>): void {
  current = { ...settings(), ...part }
  sessionStorage.setItem(key, JSON.stringify(current))
}
