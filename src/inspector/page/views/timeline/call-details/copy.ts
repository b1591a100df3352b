import type { App } from '../../../view.ts'

export async function copyJson(app: App, value: unknown): Promise<void> {
  try {
    await navigator.clipboard.writeText(JSON.stringify(value, null, 2))
    app.announce('Copied.')
  } catch {
    app.announce('The browser did not allow it: nothing was copied.')
  }
}
