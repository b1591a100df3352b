import { acceptFunctions } from '../../agent/tools/accepted-functions.ts'
import type { FunctionInfo } from '../../contract/protocol.ts'
import { toolStatus } from '../../machines/tool-status.ts'
import { sayable } from '../../rehearsal/index.ts'

/** Each takes a millisecond to make, and nobody reads more. */
const maxFunctions = 50

/** Sentences for functions, made anew only where the functions are others. */
export class Sayable {
  #functions: readonly FunctionInfo[] = []
  #sentences: string[] | undefined

  of(functions: readonly FunctionInfo[]): string[] {
    if (this.#sentences === undefined || !areSame(functions, this.#functions)) {
      this.#functions = functions
      const offered = acceptFunctions([...functions.slice(0, maxFunctions), toolStatus]).offered
      this.#sentences = sayable(offered)
    }
    return this.#sentences
  }
}

function areSame(some: readonly FunctionInfo[], others: readonly FunctionInfo[]): boolean {
  if (some.length !== others.length) return false
  return some.every(({ name, inputSchema }, index) => {
    const other = others[index]
    return other?.name === name && other.inputSchema === inputSchema
  })
}
