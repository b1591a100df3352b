import type { MachineName } from '../../../wire.ts'
import { askText, wordsOfError } from '../../api.ts'
import { Picture } from './picture.ts'

/** The pictures of all machines, each fetched when somebody first looks at it. */
export class Gallery {
  readonly #pictures = new Map<MachineName, Picture | { problem: string } | undefined>()

  constructor(private readonly onChange: () => void) {}

  /** Nothing while it is on its way. */
  of(machine: MachineName): Picture | { problem: string } | undefined {
    if (!this.#pictures.has(machine)) {
      this.#pictures.set(machine, undefined)
      void this.#load(machine)
    }
    return this.#pictures.get(machine)
  }

  /** Tries again what could not be had. */
  forget(machine: MachineName): void {
    this.#pictures.delete(machine)
    this.onChange()
  }

  async #load(machine: MachineName): Promise<void> {
    try {
      this.#pictures.set(machine, Picture.read(await askText(`/charts/${machine}.svg`)))
    } catch (error) {
      this.#pictures.set(machine, { problem: wordsOfError(error) })
    }
    this.onChange()
  }
}
