import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { JsonObject } from '../../src/index.ts'
import type { TestServer } from '../support/test-server.ts'
import { temporaryFolder } from './support.ts'

export const secret = 'sk-4242-very-secret'
export const stdioSchema = z.looseObject({ command: z.string(), args: z.array(z.string()) })

export async function configuration(mcpServers: JsonObject): Promise<string> {
  const file = join(await temporaryFolder(), 'mcp.json')
  await writeFile(file, JSON.stringify({ mcpServers }))
  return file
}

/** What differs from machine to machine stands in variables, so that it is not printed. */
export class Variables {
  readonly env: NodeJS.ProcessEnv = { SECRET: secret }
  #count = 0

  stdio(server: TestServer, options: JsonObject = {}, ...more: string[]): JsonObject {
    const { command, args } = stdioSchema.parse(server.stdio())
    const [program = '', flag = '', directory = '', ...flags] = args
    this.#count += 1
    const place = `DIRECTORY_${this.#count}`
    Object.assign(this.env, { NODE: command, PROGRAM: program, [place]: directory })
    return {
      command: `\${NODE}`,
      args: [`\${PROGRAM}`, flag, `\${${place}}`, ...flags, ...more],
      switchboard: options,
    }
  }
}
