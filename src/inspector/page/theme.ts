const key = 'switchboard.theme'
const themes = ['auto', 'light', 'dark'] as const

export type Theme = (typeof themes)[number]

export function theme(): Theme {
  const stored = localStorage.getItem(key)
  return themes.find((one) => one === stored) ?? 'auto'
}

/** Auto → light → dark → auto. */
export function nextTheme(): void {
  const next = themes[(themes.indexOf(theme()) + 1) % themes.length] ?? 'auto'
  localStorage.setItem(key, next)
  applyTheme()
}

export function applyTheme(): void {
  const chosen = theme()
  if (chosen === 'auto') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = chosen
}
