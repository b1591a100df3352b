import type { ServerDefinition } from '../config/definition.ts'
import type { Configuration } from '../config/servers.ts'
import type { RenewingCredentials } from '../contract/user-servers.ts'
import { nearest } from '../text/nearest.ts'

/** By the name of a server. */
export type GivenCredentials = Readonly<Record<string, RenewingCredentials>>

/** The servers, each with its credentials; a name that no server has is a warning. */
export function withCredentials(
  { entries, warnings }: Configuration,
  given: GivenCredentials,
): Configuration {
  const names = entries.map(({ name }) => name)
  const unknown = Object.keys(given).filter((name) => !names.includes(name))
  return {
    entries: entries.map((entry) => {
      const credentials = given[entry.name]
      if (!entry.definition || !credentials) return entry
      if (!isFor(credentials, entry.definition)) {
        return { name: entry.name, problem: `credentials.${entry.name} are for a server at another url` }
      }
      return { ...entry, definition: { ...entry.definition, credentials } }
    }),
    warnings: [
      ...warnings,
      ...unknown.map(
        (name) => `credentials.${name} has no effect: no server is named so${nearest(name, names)}`,
      ),
    ],
  }
}

function isFor({ url }: RenewingCredentials, { target }: ServerDefinition): boolean {
  if (url === undefined) return true
  const opened = target.open()
  return opened.kind === 'http' && new URL(opened.url).href === new URL(url).href
}
