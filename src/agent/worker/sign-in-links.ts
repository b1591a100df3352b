import type { Conversation, SwitchboardEvent } from '../../contract/protocol.ts'

/** A data message to the caller: where to sign in, so that a server works again. It needs no answer. */
export interface SignInLink {
  type: 'sign-in'
  server: string
  url: string
}

/**
 * Tells the caller where to sign in: once, and again when the server has worked since. Returns the unsubscriber.
 */
export function publishSignInLinks(
  conversation: Conversation,
  publish: (link: SignInLink) => void,
): () => void {
  const told = new Set<string>()
  return conversation.subscribe((event) => {
    const well = workingIn(event)
    if (well !== undefined) told.delete(well)
    const link = linkIn(event)
    if (link === undefined || told.has(link.server)) return
    told.add(link.server)
    publish(link)
  })
}

function linkIn(event: SwitchboardEvent): SignInLink | undefined {
  if (event.type === 'server.changed') return linkOf(event.server.name, event.server.signInUrl)
  if (event.type !== 'call.ended' || event.outcome.ok) return undefined
  const { server, error } = event.outcome
  return server === undefined ? undefined : linkOf(server, error.signInUrl)
}

/** The server that has shown that it works. */
function workingIn(event: SwitchboardEvent): string | undefined {
  if (event.type === 'server.changed') return event.server.state === 'ready' ? event.server.name : undefined
  return event.type === 'call.ended' && event.outcome.ok ? event.outcome.server : undefined
}

function linkOf(server: string, url: string | undefined): SignInLink | undefined {
  return url === undefined ? undefined : { type: 'sign-in', server, url }
}
