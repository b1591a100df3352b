import type { ServerRecord } from '../../store.ts'
import { type TestResult, testResultSchema } from '../../wire.ts'
import type { RouteContext } from '../context.ts'
import { HttpProblem, notThere } from '../problem.ts'
import { noBody, noQuery, type Route, route } from '../route.ts'
import { credentialsFor } from '../server-credentials.ts'
import { idParams } from './servers.ts'

export const testRoute: Route = route({
  ...{ method: 'post', path: '/servers/{id}/test', access: ['user'], params: idParams, query: noQuery },
  body: noBody,
  summary: 'Connects to the server for real, lists its tools, and leaves.',
  answers: { 200: { description: 'What was found, good or bad.', schema: testResultSchema } },
  problems: [400, 404, 429, 504],
  answer: async ({ principal, params, parts, limits, tests }) => {
    const { store } = parts
    const record = await store.servers.get(principal.id, params.id)
    if (record === undefined) throw notThere('server')
    const free = tests.take(principal.id)
    if (free === undefined) throw tooMany(limits.maxTestsAtOnce)
    const result = await test({ parts, limits }, record, free)
    const { status, problem, functions } = result
    const seen = { id: record.id, status, problem, functions: functions.map(({ name }) => name) }
    await store.servers.observe(principal.id, [{ ...seen, from: 'test' }])
    return { status: 200, body: result }
  },
})

/** `free`: the place is another's once nothing of the test goes on, however late that is. */
async function test(
  { parts, limits }: Pick<RouteContext, 'parts' | 'limits'>,
  { userId, id, name, url, grant }: ServerRecord,
  free: () => void,
): Promise<TestResult> {
  const { store, signIns, egress, testServer } = parts
  const signal = AbortSignal.timeout(limits.testTimeoutMs)
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(tooLate(limits.testTimeoutMs)), { once: true })
  })
  const found = async () => {
    const headers = await store.servers.headers(userId, id, url)
    const token = grant === undefined ? undefined : await signIns.accessToken(userId, id)
    const credentials = credentialsFor(parts, { userId, id, url }, token)
    return testServer({ name, url, headers, credentials }, egress, signal)
  }
  return Promise.race([found().finally(free), late])
}

function tooMany(max: number): HttpProblem {
  return new HttpProblem(429, `There are ${max} tests under way already; wait for one of them.`, {
    code: 'too_many_tests',
    headers: { 'Retry-After': '5' },
  })
}

function tooLate(timeoutMs: number): HttpProblem {
  return new HttpProblem(
    504,
    `The test found nothing out within ${timeoutMs / 1_000} seconds; look whether the server answers at its address, and test it again.`,
    { code: 'test_timed_out' },
  )
}
