import { readFileSync } from 'node:fs'
import { symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { printedEvent, startSwitchboard, temporaryFolder } from '../cli/support.ts'
import { clientOf } from '../proxy/proxied.ts'
import { listen } from '../support/listen.ts'
import { TestServer } from '../support/test-server.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const startSchema = z.object({ url: z.string(), tokenFile: z.string() })

/** What an exporter sends it, by path. */
async function startCollector() {
  const received = new Map<string, string>()
  const http = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk))
    const path = request.url ?? ''
    // Names stand in protobuf as they are.
    received.set(path, `${received.get(path) ?? ''}${Buffer.concat(chunks).toString('latin1')}`)
    response.writeHead(200, { 'content-type': request.headers['content-type'] }).end()
  })
  const { port } = await listen(http)
  onTestFinished(() => void http.close())
  return { url: `http://127.0.0.1:${port}`, received }
}

/** The file of docs/telemetry.md, in a folder of its own. */
async function instrumentation(): Promise<string> {
  const folder = await temporaryFolder()
  const page = readFileSync(join(root, 'docs/telemetry.md'), 'utf8')
  const [, code = ''] = /```js\n([\s\S]*?)```/.exec(page) ?? []
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'instrumentation.mjs'), code)
  return folder
}

test('a proxy that is started with the file of the docs exports the spans and metrics of its calls before it ends', async () => {
  const server = new TestServer('--only', 'look')
  const [folder, collector] = await Promise.all([instrumentation(), startCollector()])
  await writeFile(join(folder, 'mcp.json'), JSON.stringify({ mcpServers: { bank: server.stdio() } }))
  const { child, finished } = startSwitchboard(['proxy', '--config', 'mcp.json', '--port', '0', '--json'], {
    cwd: folder,
    env: {
      NODE_OPTIONS: '--import ./instrumentation.mjs',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const { url, tokenFile } = startSchema.parse(await printedEvent(child, ({ type }) => type === 'proxy'))
  const client = await clientOf({ url }, { as: readFileSync(tokenFile, 'utf8').trim() })
  await client.callTool({ name: 'look', arguments: {} })
  expect(server.metas).toMatchObject([
    { traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/) },
  ])
  expect(collector.received.size).toBe(0)
  child.kill('SIGINT')
  expect((await finished).code).toBe(0)

  const told = Object.fromEntries(collector.received)
  expect(Object.keys(told).sort()).toEqual(['/v1/metrics', '/v1/traces'])
  for (const part of ['voice-agent', 'execute_tool look', 'tools/call look'])
    expect(told['/v1/traces']).toContain(part)
  for (const part of ['mcp.client.operation.duration', 'mcp_switchboard.calls']) {
    expect(told['/v1/metrics']).toContain(part)
  }
})
