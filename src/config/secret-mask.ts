import type { SealedTarget } from './sealed-target.ts'

/** Hides in any text what any server was ever given. */
export class SecretMask {
  readonly #targets = new Map<string, SealedTarget>()

  learn(target: SealedTarget): void {
    this.#targets.set(target.fingerprint, target)
  }

  readonly text = (text: string): string => {
    let masked = text
    for (const target of this.#targets.values()) masked = target.mask(masked)
    return masked
  }
}
