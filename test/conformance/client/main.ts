/** The client under test: `main.js URL`, started by the conformance suite, which names its scenario in the environment. */
import { messageOf } from '../../../src/errors.ts'
import { doScenario } from './scenarios.ts'

const url = process.argv.at(-1)
const { MCP_CONFORMANCE_SCENARIO: scenario, MCP_CONFORMANCE_CONTEXT: context = '{}' } = process.env
try {
  if (url === undefined || scenario === undefined) {
    throw new Error('the conformance suite starts this client: npm run conformance')
  }
  await doScenario(scenario, url, JSON.parse(context))
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}
