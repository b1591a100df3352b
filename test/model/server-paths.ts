import { expect, test } from 'vitest'
import type { Transport } from '../support/transports.ts'
import { ServerDriver } from './server-driver.ts'
import { serverMachineSeenFromOutside } from './server-model.ts'
import { edgesOf, eventsOf, modelOf, pathsOf, Walked } from './walks.ts'

/** One test for each path of the model: in a file for each transport, since they take their time side by side. */
export function walkServerOver(transport: Transport): void {
  const model = modelOf(serverMachineSeenFromOutside(transport))
  const paths = pathsOf(model)
  const walked = new Walked(`a server over ${transport}`, edgesOf(model))

  test.each(paths.map((path) => [eventsOf(path), path] as const))('%s', async (_, path) => {
    walked.begin(path)
    const driver = await ServerDriver.open(transport)
    await path.test(driver)
    await driver.finish()
    walked.add(path)
  })

  test('every state and transition of the model was walked', () => {
    if (walked.paths < paths.length) return console.log('skipped: only some of the paths were walked')
    console.log(walked.summary)
    expect(walked.missing).toEqual([])
  })
}
