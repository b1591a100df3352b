import type { Conversation, SwitchboardEvent } from '../../protocol.ts'

/** A data message to the caller: where to sign in, so that a server works again. It needs no answer. */
export interface SignInLink {
  type: 'sign-in'
  server: string
  url: string
}

/**
 * Tells the caller where to sign in, once for each time that a server asks for it. Returns the unsubscriber.
 */
export function publishSignInLinks(
  conversation: Conversation,
  publish: (link: SignInLink) => void,
): () => void {
  const told = new Set<string>()
  return conversation.subscribe((event) => {
    if (event.type === 'server.changed' && event.server.state === 'ready') told.delete(event.server.name)
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

function linkOf(server: string, url: string | undefined): SignInLink | undefined {
  return url === undefined ? undefined : { type: 'sign-in', server, url }
}
