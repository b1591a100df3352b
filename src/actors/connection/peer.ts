import type { ServerDefinition } from '../../config/definition.ts'
import type { Peer, PeerTransport } from '../../contract/protocol.ts'
import { oneLine } from '../../text/text.ts'
import { tellOf } from './tell.ts'

/** Of each word that a server says of itself. */
const maxNameCharacters = 100
const maxCapabilities = 20

interface SaidOfItself {
  name: string | undefined
  version: string | undefined
  protocolVersion: string
  transport: PeerTransport
  capabilities: object | undefined
}

export function peerOf(definition: ServerDefinition, said: SaidOfItself): Peer {
  const tell = tellOf(definition)
  const word = (text: string) => tell(oneLine(text), maxNameCharacters)
  return {
    name: word(said.name ?? ''),
    version: word(said.version ?? ''),
    protocolVersion: word(said.protocolVersion),
    transport: said.transport,
    capabilities: Object.keys(said.capabilities ?? {})
      .slice(0, maxCapabilities)
      .map(word),
  }
}
