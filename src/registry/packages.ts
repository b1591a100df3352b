import { SwitchboardError } from '../errors.ts'

const packages =
  'npm install express@5 express-rate-limit@8 helmet@8 jose@6 oauth4webapi@3 drizzle-orm@0.45 postgres@3.4 @electric-sql/pglite@0.5'

/** Whatever loads the optional packages of the registry. @throws SwitchboardError `package_missing` with what to install */
export async function withPackages<Result>(load: () => Promise<Result>): Promise<Result> {
  try {
    return await load()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error
    const [what] = error.message.split('\n')
    throw new SwitchboardError('package_missing', `the registry needs a package (${what}): ${packages}`, {
      cause: error,
    })
  }
}
