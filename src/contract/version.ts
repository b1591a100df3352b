import { createRequire } from 'node:module'
import { z } from 'zod'

export const packageVersion = z
  .object({ version: z.string() })
  .parse(createRequire(import.meta.url)('mcp-switchboard/package.json')).version
