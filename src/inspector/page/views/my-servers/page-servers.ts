import type { App } from '../../view.ts'
import { OwnServers } from './own-servers.ts'

let own: OwnServers | undefined

/** Of the page: every view that shows them looks at the same ones, and at what happens to them until it leaves. */
export function pageServers(app: App): OwnServers {
  own ??= new OwnServers(
    () => app.redraw(),
    (text) => app.announce(text),
  )
  own.watch()
  return own
}

export function leavePageServers(): void {
  own?.leave()
}
