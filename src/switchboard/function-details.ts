import { isDeepStrictEqual } from 'node:util'
import type { FunctionDetails } from '../contract/protocol.ts'
import { type Directory, type Member, needsConfirmation } from '../machines/directory.ts'

type Hint = 'readOnlyHint' | 'idempotentHint'

/** Of servers behind one function only what holds for all of them. Nothing where nobody offers it. */
export function detailsOf(directory: Directory, name: string): FunctionDetails | undefined {
  const members = directory.route(name)?.members ?? []
  const [first] = members
  if (!first) return undefined
  const { outputSchema } = first.tool
  const isCommon = members.every(({ tool }) => isDeepStrictEqual(tool.outputSchema, outputSchema))
  const readOnlyHint = hintOf(members, 'readOnlyHint')
  const idempotentHint = hintOf(members, 'idempotentHint')
  const destructiveHint = members.some(needsConfirmation) || (members.some(speaksOfHarm) ? false : undefined)
  return {
    ...(outputSchema === undefined || !isCommon ? {} : { outputSchema }),
    annotations: {
      ...(readOnlyHint === undefined ? {} : { readOnlyHint }),
      ...(idempotentHint === undefined ? {} : { idempotentHint }),
      ...(destructiveHint === undefined ? {} : { destructiveHint }),
    },
  }
}

/** The configuration's word, else the tool's own. */
function hintOf(members: readonly Member[], hint: Hint): boolean | undefined {
  const option = hint === 'readOnlyHint' ? 'readOnly' : 'idempotent'
  const said = members.map(
    ({ entry, tool }) => entry.options.tools[tool.name]?.[option] ?? tool.annotations[hint],
  )
  return said.every((one) => one === undefined) ? undefined : said.every((one) => one === true)
}

function speaksOfHarm({ entry, tool }: Member): boolean {
  return (entry.options.tools[tool.name]?.confirm ?? tool.annotations.destructiveHint) !== undefined
}
