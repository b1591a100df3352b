import { requirePackages } from '../packages.ts'

requirePackages('mcp-switchboard/inspector')

export const { createInspector } = await import('./index.ts')
