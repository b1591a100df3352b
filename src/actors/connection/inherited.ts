/** As the SDKs have it: what programs need to run, and nothing that is a secret. */
const windowsVariables = [
  'APPDATA',
  'COMSPEC',
  'HOMEDRIVE',
  'HOMEPATH',
  'LOCALAPPDATA',
  'PATH',
  'PATHEXT',
  'PROCESSOR_ARCHITECTURE',
  'PROGRAMDATA',
  'PROGRAMFILES',
  'PROGRAMFILES(X86)',
  'PROGRAMW6432',
  'SYSTEMDRIVE',
  'SYSTEMROOT',
  'TEMP',
  'TMP',
  'USERNAME',
  'USERPROFILE',
  'WINDIR',
]

const posixVariables = ['HOME', 'LANG', 'LOGNAME', 'PATH', 'SHELL', 'TERM', 'TMPDIR', 'USER']

/**
 * What a server's process is given: its own variables, and of ours a few names; nothing else, so that no secret of ours reaches it.
 * To Windows `Path` and `PATH` are one, and of two Node passes on only the first, so a server's own takes the place of ours.
 */
export function serverEnvironment(
  own: Readonly<Record<string, string>>,
  ours: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): Record<string, string> {
  const isWindows = platform === 'win32'
  const given = new Set(Object.keys(own).map((name) => (isWindows ? name.toUpperCase() : name)))
  const inherited = (isWindows ? windowsVariables : posixVariables).flatMap((name) => {
    const value = ours[name]
    return value === undefined || given.has(name) ? [] : [[name, value]]
  })
  return { ...Object.fromEntries(inherited), ...own }
}
