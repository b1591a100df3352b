/**
 * The process of a fault server over stdio. It knows no MCP: what comes on its input goes to the test that started it, and
 * the test says what it writes and when it dies.
 */
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { addressVariable, type ProcessOrder } from './stdio-orders.ts'

const [port = '', token = ''] = (process.env[addressVariable] ?? '').split(' ')
const test = connect(Number(port), '127.0.0.1')

test.on('error', (error) => {
  process.stderr.write(`the test that this server belongs to has ended (${error.message})\n`)
  process.exit(1)
})
test.on('close', () => process.exit(1))
test.write(`${JSON.stringify({ token, pid: process.pid })}\n`)
process.stdin.on('data', (chunk) => test.write(chunk))
process.stdin.on('end', () => test.end(() => process.exit(0)))

createInterface(test).on('line', (line) => {
  const { write, dies }: ProcessOrder = JSON.parse(line)
  process.stdout.write(write, () => {
    if (dies) process.kill(process.pid, 'SIGKILL')
  })
})
