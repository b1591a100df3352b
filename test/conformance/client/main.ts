/** The client under test: `main.js URL`, started by the conformance suite, which names its scenario in the environment. */
import { messageOf } from '../../../src/contract/errors.ts'
import { doScenario } from './scenarios.ts'

/** Less than the suite gives it: what it still wrote is shown. */
const longestMs = 25_000

const url = process.argv.at(-1)
const { MCP_CONFORMANCE_SCENARIO: scenario, MCP_CONFORMANCE_CONTEXT: context = '{}' } = process.env
setTimeout(() => {
  console.error(`not done after ${longestMs} ms`)
  process.exit(1)
}, longestMs).unref()
try {
  if (url === undefined || scenario === undefined) {
    throw new Error('the conformance suite starts this client: npm run conformance')
  }
  await doScenario(scenario, url, JSON.parse(context))
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}
