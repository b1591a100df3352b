import { messageOf } from '../../contract/errors.ts'
import type { FunctionInfo, JsonObject } from '../../contract/protocol.ts'
import { cap } from '../../text/text.ts'
import { acceptedParameters } from './accepted-schema.ts'

export interface AcceptedFunction {
  name: string
  description: string
  parameters: JsonObject
}

/** A function that the model is not told of, and why. */
export interface LeftOutFunction {
  name: string
  servers: readonly string[]
  reason: string
}

/** As OpenAI's error messages say of `tools[0].name`. */
const acceptedName = /^[a-zA-Z0-9_-]{1,64}$/
/** "Expected an array with maximum length 128": Chat Completions and Responses; Realtime documents none. */
const maxFunctions = 128
/** OpenAI took 1024 in Chat Completions, with what `cap` adds. Realtime documents none. */
const maxDescriptionCharacters = 980
/**
 * The instructions and the functions of a Realtime session have 16 384 tokens together, whatever the model's context; what
 * is over is cut off without a word. A token of JSON is 3 to 4 characters.
 */
const maxListCharacters = 40_000

/** What of a list can be offered to OpenAI's models without their refusing all of it. The order stays. */
export function acceptFunctions(functions: FunctionInfo[]): {
  offered: AcceptedFunction[]
  leftOut: LeftOutFunction[]
} {
  const offered = new Map<string, AcceptedFunction>()
  const leftOut: LeftOutFunction[] = []
  let freeCharacters = maxListCharacters
  // Functions of no server explain the others: they are not those that no longer fit.
  for (const info of functions.toSorted((one, other) => rank(one) - rank(other))) {
    const { name, servers } = info
    const accepted = offered.has(name) ? 'another function has its name' : acceptFunction(info)
    if (typeof accepted === 'string') {
      leftOut.push({ name, servers, reason: accepted })
      continue
    }
    const size = JSON.stringify(accepted).length
    if (offered.size >= maxFunctions || size > freeCharacters) {
      const reason =
        offered.size >= maxFunctions
          ? `a model takes ${maxFunctions} functions at most`
          : 'the list of functions would be longer than a model takes'
      leftOut.push({ name, servers, reason: `${reason}; include fewer of them` })
      continue
    }
    freeCharacters -= size
    offered.set(name, accepted)
  }
  const inOrder = functions.flatMap(({ name }) => {
    const accepted = offered.get(name)
    offered.delete(name)
    return accepted === undefined ? [] : [accepted]
  })
  return { offered: inOrder, leftOut }
}

function rank({ servers }: FunctionInfo): number {
  return servers.length === 0 ? 0 : 1
}

function acceptFunction({ name, description, inputSchema }: FunctionInfo): AcceptedFunction | string {
  if (!acceptedName.test(name))
    return 'its name has other characters than letters, digits, _ and -, or over 64'
  try {
    const parameters = acceptedParameters(inputSchema)
    if (parameters === undefined) return 'its arguments are not an object'
    return { name, description: cap(description, maxDescriptionCharacters), parameters }
  } catch (error) {
    return `its schema cannot be read: ${messageOf(error)}`
  }
}
