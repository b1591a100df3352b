export interface StartOptions {
  env: Record<string, string>
  cwd?: string
}

/** What `spawn` is given. */
export interface Start {
  command: string
  args: readonly string[]
  /** The arguments are quoted already. */
  windowsVerbatimArguments?: boolean
}

/**
 * How Windows starts a command: found by `PATH` and `PATHEXT` of its own environment, so that `npx` is `npx.cmd`; batch files by
 * `cmd.exe`, since Node refuses to start them by themselves (CVE-2024-27980).
 * @throws Error with code `ENOENT` where there is no such command, which `cmd.exe` would only tell in words; `EINVAL` for an argument
 * that no batch file can be given
 */
export async function startOnWindows(
  command: string,
  args: readonly string[],
  options: StartOptions,
): Promise<Start> {
  const { default: crossSpawn } = await import('cross-spawn')
  // Without the arguments: of two backslashes before a quotation mark it loses one, and so the end of an argument.
  const found = crossSpawn._parse(command, [], options)
  if (found.file === undefined) throw failure('ENOENT', command)
  // A program, or what a script names in its first line.
  if (!found.options.windowsVerbatimArguments) {
    return { command: found.command, args: [...found.args, ...args] }
  }
  if (args.some((argument) => /[\r\n]/.test(argument))) throw failure('EINVAL', command)
  const line = [found.file, ...args].map(batchArgument).join(' ')
  return {
    command: process.env.COMSPEC ?? 'C:\\Windows\\System32\\cmd.exe',
    args: ['/e:ON', '/v:OFF', '/d', '/s', '/c', `"${line}"`],
    windowsVerbatimArguments: true,
  }
}

/**
 * As Rust's standard library has it since CVE-2024-24576 (`append_bat_arg`): what stands between quotation marks means nothing to
 * `cmd.exe`, neither at first nor when the batch file passes it on with `%*`. A quotation mark is doubled, and before each `%` comes
 * a variable that is empty, so that it begins no name.
 */
function batchArgument(argument: string): string {
  const inside = argument.replace(/(\\*)("|$)/g, '$1$1$2$2').replaceAll('%', '%%cd:~,%')
  return `"${inside}"`
}

function failure(code: 'ENOENT' | 'EINVAL', command: string): Error {
  const syscall = `spawn ${command}`
  return Object.assign(new Error(`${syscall} ${code}`), { code, syscall, path: command })
}
