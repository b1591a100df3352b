import type { Environment } from '../../config/expand.ts'

/** A variable to which a file refers. */
export interface Variable {
  name: string
  /** Where it stands: `github.env.GITHUB_TOKEN`. */
  places: string[]
  /** What an editor asks its user for. */
  description?: string
  /** The secret that stood there, written out. */
  value?: string
  /** The environment, or `.env` beside the file, has it already. */
  isSet: boolean
  /** There is a default. */
  isOptional: boolean
}

export interface Wanted {
  /** The first that is free is taken. */
  names: string[]
  /** Two with the same are one variable. */
  identity: string
  server: string
  /** Where in the entry of that server. */
  key: string
  value?: string
  description?: string
  isOptional?: boolean
}

/** Every process has them, or every server inherits them: no value of ours may stand under these. */
const reserved =
  /^(PATH|HOME|USER|SHELL|TERM|LANG|LOGNAME|TMPDIR|TEMP|TMP|PWD|APPDATA|USERNAME|USERPROFILE|NODE_.*)$/

/** Gives the variables of one file their names: none means two things, and none means something else in the environment. */
export class Variables {
  readonly #byName = new Map<string, Variable & { identity: string }>()

  /** `environment`: with what stands in `.env`. `there`: servers that refer to variables already. */
  constructor(
    private readonly environment: Environment,
    private readonly there: ReadonlyMap<string, unknown> = new Map(),
  ) {}

  get all(): Variable[] {
    return [...this.#byName.values()].map(({ identity: _, ...variable }) => variable)
  }

  copy(): Variables {
    const copy = new Variables(this.environment, this.there)
    for (const [name, variable] of this.#byName) {
      copy.#byName.set(name, { ...variable, places: [...variable.places] })
    }
    return copy
  }

  /** What stands in the file instead. */
  add({ names, identity, server, key, value, description, isOptional = false }: Wanted): string {
    const place = `${server}.${key}`
    const known = [...this.#byName.values()].find((one) => one.identity === identity)
    if (known) {
      known.places.push(place)
      return known.name
    }
    const name = this.#freeName(names, server, value)
    this.#byName.set(name, {
      ...{ name, identity, places: [place], isOptional, isSet: this.environment[name] !== undefined },
      ...(value === undefined ? {} : { value }),
      ...(description === undefined ? {} : { description }),
    })
    return name
  }

  /** A variable to which an entry refers as it is. */
  refer(name: string, server: string, key: string): void {
    const place = `${server}.${key}`
    const known = this.#byName.get(name)
    if (known) {
      const isKnown = known.places.some((one) => one === place || one.startsWith(`${place}.`))
      if (!isKnown) known.places.push(place)
      return
    }
    const isSet = this.environment[name] !== undefined
    this.#byName.set(name, { name, identity: `variable ${name}`, places: [place], isSet, isOptional: false })
  }

  #freeName(names: string[], server: string, value: string | undefined): string {
    const others = [...this.there].filter(([name]) => name !== server).map(([, entry]) => entry)
    const isFree = (name: string) => {
      const set = this.environment[name]
      const isAnother = value !== undefined && set !== undefined && set !== value
      const isReferred = new RegExp(`\\$\\{(env:)?${name}[}:]`).test(JSON.stringify(others))
      return !this.#byName.has(name) && !reserved.test(name) && !isAnother && !isReferred
    }
    const named = names.find((name) => /^[A-Za-z_]\w*$/.test(name) && isFree(name))
    if (named !== undefined) return named
    const last = names.at(-1) ?? variableName(server, 'value')
    let number = 2
    while (!isFree(`${last}_${number}`)) number += 1
    return `${last}_${number}`
  }
}

/** `my-server`, `api-key` → `MY_SERVER_API_KEY`. */
export function variableName(...words: string[]): string {
  const name = words
    .join('_')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
  return /^[A-Z]/.test(name) ? name : `_${name}`
}
