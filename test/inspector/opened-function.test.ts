import { expect, onTestFinished, test, vi } from 'vitest'
import type { FunctionInfo } from '../../src/index.ts'
import { OpenedFunction } from '../../src/inspector/page/views/functions/opened-function.ts'
import { until } from '../support/until.ts'

const view = { name: 'look', description: '', servers: ['bank'], callable: true }

/** One whose requests a test answers itself, each with the description that it is given. */
function opened(): { look: OpenedFunction; answers: ((description: string) => void)[] } {
  const answers: ((description: string) => void)[] = []
  vi.stubGlobal('fetch', () => {
    return new Promise<Response>((resolve) => {
      answers.push((description) => {
        const info: FunctionInfo = { ...view, description, inputSchema: { type: 'object' } }
        resolve(Response.json(info))
      })
    })
  })
  onTestFinished(() => void vi.unstubAllGlobals())
  const look = new OpenedFunction('look', undefined, { onChange: () => {}, onNews: () => {} })
  return { look, answers }
}

test('a function is asked for once, however often the page is drawn before the answer is there', async () => {
  const { look, answers } = opened()
  for (let frame = 0; frame < 5; frame++) look.see(view)
  expect(answers.length).toBe(1)
  answers[0]?.('as it is')
  await until(() => look.info, 'it is there')
  look.see(view)
  expect(answers.length).toBe(1)
})

test('an answer that comes late does not replace what was read after the function had changed', async () => {
  const { look, answers } = opened()
  look.see(view)
  look.see({ ...view })
  answers[1]?.('new')
  await until(() => look.info, 'the second answer is there')
  answers[0]?.('old')
  await new Promise(setImmediate)
  await new Promise(setImmediate)
  expect(look.info?.description).toBe('new')
})
