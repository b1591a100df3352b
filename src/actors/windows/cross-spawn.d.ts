/** As far as we use it; the package brings no types of its own. */
declare module 'cross-spawn' {
  interface Parsed {
    command: string
    args: string[]
    options: { windowsVerbatimArguments?: boolean }
    /** Where the command is; nothing where there is none of that name. */
    file?: string | undefined
  }

  const crossSpawn: {
    /** What `spawn` of this platform is to be given. Not documented, but what execa has used for years. */
    _parse(
      command: string,
      args: readonly string[],
      options: { env: Record<string, string>; cwd?: string },
    ): Parsed
  }
  export default crossSpawn
}
