import { createHash } from 'node:crypto'

/** What the Realtime API takes as a function's name: `^[a-zA-Z0-9_-]{1,64}$`. */
const maxNameLength = 64
const keptLength = 55

const fixed = new Set([
  'tool_status',
  'confirm_call',
  'cancel_calls',
  'answer_question',
  'decline_question',
  'read_resource',
])

/** Of functions that the conversation itself offers. */
export function isFixed(name: string): boolean {
  return fixed.has(name)
}

/** Names that no server may take. */
export function isReserved(name: string): boolean {
  return isFixed(name) || name.startsWith('lk_agents_')
}

export function functionName(toolName: string): string {
  const name = toolName.replace(/[^a-zA-Z0-9_-]/g, '_') || '_'
  if (name.length <= maxNameLength) return name
  const hash = createHash('sha256').update(toolName).digest('hex').slice(0, 8)
  return `${name.slice(0, keptLength)}_${hash}`
}

/** A group may have the name of a server. */
export interface Owner {
  kind: 'server' | 'group'
  name: string
}

/** Function name → the tool and owner that has it. */
export type Claims = Map<string, string>

/**
 * The name under which `owner` offers `tool`: the one that it has, else the tool's own, else `owner__tool`. Claims it.
 * Nothing where both are taken.
 */
export function claimName(
  claims: Claims,
  owner: Owner,
  tool: { name: string; as?: string | undefined },
  isTaken: (name: string) => boolean,
): string | undefined {
  const claimant = `${owner.kind}\0${owner.name}\0${tool.name}`
  const wanted = functionName(tool.as ?? tool.name)
  for (const name of [wanted, functionName(`${owner.name}__${tool.as ?? tool.name}`)]) {
    if (claims.get(name) === claimant) return name
    if (claims.has(name) || isReserved(name) || isTaken(name)) continue
    claims.set(name, claimant)
    return name
  }
  return undefined
}
