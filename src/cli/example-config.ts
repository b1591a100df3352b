import { fileURLToPath } from 'node:url'

/** What stands where no configuration is named. */
export const exampleConfigFile = fileURLToPath(new URL('../../examples/switchboard.json', import.meta.url))
