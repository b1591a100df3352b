/**
 * An MCP server over stdio that says nothing but strange texts, wherever a server can say something. The first argument is
 * JSON: the `texts`, how many `tools` it has besides those that do something, and how long its `large` answer is.
 */
import { createInterface } from 'node:readline'

const { texts, tools, largeCharacters } = JSON.parse(process.argv[2])
const all = texts.join('\n')
const printable = [...texts.filter((text) => /^[ -~]*$/.test(text)), 'constructor', 'toString']
const write = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const complain = () => process.stderr.write(`${all}\n`)

/** Its properties have these names and values, and say strange things. */
function schemaOf(names) {
  const property = {
    ...{ type: 'string', title: all, description: all, default: names[0] },
    examples: names,
  }
  const entries = names.map((name) => [name, property])
  return {
    ...{ type: 'object', title: all, description: all },
    properties: {
      ...Object.fromEntries(entries),
      choice: { enum: names },
      count: { type: 'number', description: all },
    },
  }
}

const toolOf = (name, inputSchema = { type: 'object' }) => ({
  ...{ name, title: all, description: `${name}: ${all}`, inputSchema },
  annotations: { title: all, readOnlyHint: true },
})

function list() {
  const named = ['answer', 'large', 'fail', 'refuse', 'progress', 'wide', 'die', 'hang'].map((name) =>
    toolOf(name),
  )
  const strange = [
    toolOf('form', schemaOf(printable)),
    toolOf('unreadable', schemaOf([...texts, '__proto__'])),
    ...texts.map((text) => toolOf(text)),
  ]
  const many = Array.from({ length: tools }, (_, index) => toolOf(`tool_${index}`))
  return { tools: [...strange, ...named, ...many] }
}

const strangeContent = () => [
  ...texts.map((text) => ({ type: 'text', text })),
  { type: 'image', mimeType: texts[0], data: Buffer.from(all).toString('base64') },
  { type: 'resource_link', uri: 'javascript:globalThis.ran = true', name: all, title: all, description: all },
  {
    type: 'resource',
    resource: {
      uri: 'data:text/html,<script>globalThis.ran = true</script>',
      mimeType: 'text/html',
      text: all,
    },
  },
]

function call(id, { name, _meta }) {
  if (name === 'die') {
    complain()
    setTimeout(() => process.exit(3), 50)
    return
  }
  if (name === 'hang') return
  if (name === 'refuse') {
    write({ id, error: { code: -32000, message: all, data: texts } })
    return
  }
  if (name === 'progress') {
    for (const [index, message] of texts.entries()) {
      write({
        method: 'notifications/progress',
        params: { progressToken: _meta.progressToken, progress: index, message },
      })
      const params = { level: 'error', logger: message, data: message }
      write({ method: 'notifications/message', params })
    }
  }
  const structuredContent = Object.fromEntries([...texts, '__proto__'].map((text) => [text, texts]))
  const results = {
    large: { content: [{ type: 'text', text: `${all}${'x'.repeat(largeCharacters)}` }] },
    fail: { isError: true, content: strangeContent() },
    wide: {
      content: [],
      structuredContent: { rows: Array.from({ length: 10_000 }, (_, index) => ({ index, texts })) },
    },
  }
  write({ id, result: results[name] ?? { content: strangeContent(), structuredContent } })
}

createInterface(process.stdin).on('line', (line) => {
  const { id, method, params } = JSON.parse(line)
  if (id === undefined) return
  complain()
  if (method === 'initialize') {
    const capabilities = { tools: {}, ...Object.fromEntries(texts.map((text) => [text, {}])) }
    write({
      id,
      result: {
        protocolVersion: '2025-06-18',
        capabilities,
        serverInfo: { name: all, version: all },
        instructions: all,
      },
    })
  } else if (method === 'tools/list') write({ id, result: list() })
  else if (method === 'tools/call') call(id, params)
  else write({ id, result: {} })
})
