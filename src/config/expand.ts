export type Environment = Readonly<Record<string, string | undefined>>

/** `${NAME}`, `${env:NAME}`, `${NAME:-used when it is not set or empty}`. */
const reference = /\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g

export class UnsetVariable extends Error {
  constructor(
    readonly variable: string,
    readonly place: string,
  ) {
    super(
      `\${${variable}} in ${place} is not set; set the variable ${variable}, or write \${${variable}:-} where it may be empty`,
    )
  }
}

/** `onValue` hears what stands for each reference. @throws UnsetVariable */
export function expand(
  text: string,
  environment: Environment,
  place: string,
  onValue: (value: string) => void = () => {},
): string {
  return text.replace(reference, (_, name: string, fallback: string | undefined) => {
    const value = fallback === undefined ? environment[name] : environment[name] || fallback
    if (value === undefined) throw new UnsetVariable(name, place)
    onValue(value)
    return value
  })
}
