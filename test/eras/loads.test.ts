import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { TestServer } from '../support/test-server.ts'
import { type Era, entryOf, type Transport } from '../support/transports.ts'

const program = fileURLToPath(new URL('loads.mjs', import.meta.url))
const printed = z.object({ outcomes: z.array(z.boolean()), packages: z.array(z.string()) })
const first = '@modelcontextprotocol/sdk'
const second = '@modelcontextprotocol/client'

/** The SDKs that a program loads which has these servers and calls each. */
async function sdksWith(...kinds: [Era, Transport][]): Promise<string[]> {
  const servers = kinds.map(async ([era, transport]) => {
    const tool = `charge_${era}_${transport}`
    const server = new TestServer('--era', era, '--only', 'charge')
    const entry = await entryOf(server, transport, { tools: { charge: { as: tool } } })
    return [tool, { entry, tool, arguments: { amount: 1 } }]
  })
  const given = JSON.stringify(Object.fromEntries(await Promise.all(servers)))
  const { stdout } = await promisify(execFile)(process.execPath, [program, given])
  const { outcomes, packages } = printed.parse(JSON.parse(stdout))
  expect(outcomes).toEqual(kinds.map(() => true))
  return packages.filter((name) => name === first || name === second).sort()
}

test('a program loads the second SDK only for a server that speaks MCP 2026-07-28 alone', async () => {
  const [old, modernStdio, modernHttp] = await Promise.all([
    sdksWith(['legacy', 'stdio'], ['legacy', 'http']),
    sdksWith(['modern', 'stdio']),
    sdksWith(['modern', 'http']),
  ])
  expect({ old, modernStdio, modernHttp }).toEqual({
    old: [first],
    modernStdio: [second, first],
    modernHttp: [second],
  })
})
