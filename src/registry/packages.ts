import { withPackages as loadedWith } from '../packages.ts'

/** Whatever loads the optional packages of the registry. @throws SwitchboardError `package_missing` with what to install */
export function withPackages<Result>(load: () => Promise<Result>): Promise<Result> {
  return loadedWith('mcp-switchboard/registry', load)
}
