/**
 * An MCP server over stdio that tells what it was given wherever a server can: on stderr, in errors, in its name, in its
 * tools. The first argument says how it ends when it is first asked: `at once`, `in a long line`, or `never`.
 */
import { createInterface } from 'node:readline'

const { env, argv } = process
const given = { env, args: argv.slice(3) }
const all = JSON.stringify(given)
const lines = [...Object.values(env), ...given.args]
  .flatMap((text) => text.split('\n'))
  .filter((text) => text.includes('cNry7'))
// The cut of the last line falls into a secret.
const last = `${'.'.repeat(195)}${lines.join(' ')}`
const die = () => process.stderr.write(`${all}\n${lines.join('\n')}\n${last}\n`, () => process.exit(7))

// Longer than what is kept, and cut in the middle of a secret wherever it is cut.
const dieInALongLine = () => process.stderr.write(lines.join('').repeat(1_000), () => process.exit(7))

if (argv[2] === 'at once') process.stdin.once('data', die)
if (argv[2] === 'in a long line') process.stdin.once('data', dieInALongLine)

const inputSchema = { type: 'object' }
const named = (name) => ({ name, description: `${name} for ${lines.join(' ')}`, inputSchema })
const write = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)

function resultOf({ method, params }) {
  if (method === 'initialize') {
    return {
      protocolVersion: '2025-06-18',
      capabilities: { tools: {}, [lines[0]]: {} },
      serverInfo: { name: lines[0], version: lines.at(-1) },
    }
  }
  if (method === 'tools/list') {
    const wrong = lines.map((name) => ({
      name,
      inputSchema: { type: 'object', properties: { [`${name}\u202e`]: {} } },
    }))
    return { tools: [...['answer', 'fail', 'refuse', 'progress', 'die', 'garble'].map(named), ...wrong] }
  }
  if (method !== 'tools/call') return {}
  for (const data of [given, lines.join('').repeat(100)]) {
    write({ method: 'notifications/message', params: { level: 'error', logger: lines[0], data } })
  }
  if (params.name === 'progress') {
    const { progressToken } = params._meta
    write({ method: 'notifications/progress', params: { progressToken, progress: 1, message: all } })
  }
  // The second text makes the cut of an error fall into a secret.
  const content = [all, `${'.'.repeat(900)}${lines.join('').repeat(10)}`].map((text) => ({
    type: 'text',
    text,
  }))
  return { content, isError: params.name === 'fail' }
}

if (argv[2] === 'never')
  createInterface(process.stdin).on('line', (line) => {
    const message = JSON.parse(line)
    const { id, method, params } = message
    if (id === undefined) return
    const name = method === 'tools/call' ? params.name : undefined
    if (name === 'die') die()
    else if (name === 'refuse') write({ id, error: { code: -32000, message: all, data: given } })
    else {
      if (name === 'garble') process.stdout.write(`${all}\n`)
      write({ id, result: resultOf(message) })
    }
  })
