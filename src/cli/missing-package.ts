/** What a program in JavaScript or Python that ended for want of a package has written, and what would help. */
export function missingPackage(stderr: readonly string[]): string | undefined {
  for (const line of stderr) {
    const [, javaScript] = /Cannot find (?:package|module) '([^'./][^']*)'/.exec(line) ?? []
    if (javaScript !== undefined) return `install the package that it needs: npm install ${javaScript}`
    const [, python] = /ModuleNotFoundError: No module named '([^']+)'/.exec(line) ?? []
    if (python !== undefined) return `install the package that it needs, which has a module ${python}`
  }
  return undefined
}
