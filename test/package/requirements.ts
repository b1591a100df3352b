import { installing, type Needy, packagesOf } from '../../src/packages.ts'

/** What `npm install` is to be given, each with its version. */
export function requirements(who: Needy): string[] {
  return installing(...packagesOf(who))
    .replace('npm install ', '')
    .split(' ')
}
