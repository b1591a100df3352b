/**
 * A client of the proxy as a process of its own: `node client.mjs v1|v2 URL`, the token in TOKEN. Prints what it sees of one
 * call that is answered and of one that fails.
 */
const [, , sdk, address] = process.argv
const url = new URL(address)
const options = { requestInit: { headers: { Authorization: `Bearer ${process.env.TOKEN}` } } }

const { Client, StreamableHTTPClientTransport } =
  sdk === 'v2'
    ? await import('@modelcontextprotocol/client')
    : {
        ...(await import('@modelcontextprotocol/sdk/client/index.js')),
        ...(await import('@modelcontextprotocol/sdk/client/streamableHttp.js')),
      }

const client = new Client({ name: `a client on ${sdk}`, version: '1' })
await client.connect(new StreamableHTTPClientTransport(url, options))
const { tools } = await client.listTools()
const answered = await client.callTool({ name: 'look', arguments: {} })
const failed = await client.callTool({ name: 'fail', arguments: {} })
console.log(JSON.stringify({ tools: tools.map(({ name }) => name), answered, failed }))
await client.close()
