import { expect, test } from 'vitest'
import { ConversationDriver } from './conversation-driver.ts'
import { conversationSeenFromOutside } from './conversation-model.ts'
import { edgesOf, eventsOf, modelOf, pathsOf, Walked } from './walks.ts'

const model = modelOf(conversationSeenFromOutside)
const paths = pathsOf(model)
const walked = new Walked('a conversation', edgesOf(model))

test.each(paths.map((path) => [eventsOf(path), path] as const))('%s', async (_, path) => {
  walked.begin(path)
  const driver = await ConversationDriver.open()
  await path.test(driver)
  await driver.finish()
  walked.add(path)
})

test('every state and transition of the model was walked', () => {
  if (walked.paths < paths.length) return console.log('skipped: only some of the paths were walked')
  console.log(walked.summary)
  expect(walked.missing).toEqual([])
})
