import { expect, test } from 'vitest'
import type { AnyMachineSnapshot, EventObject } from 'xstate'
import type { TestModel, TestParam } from 'xstate/graph'
import { edgesOf, eventsOf, pathsOf, Walked } from './walks.ts'

/** What does to a real system what the events say, and compares it with what the states say. */
export type Driver<Snapshot extends AnyMachineSnapshot, Event extends EventObject> = TestParam<
  Snapshot,
  Event
> & { finish(): Promise<void> }

/** One test for each path of the model, and one that they have taken every transition. */
export function walk<Snapshot extends AnyMachineSnapshot, Event extends EventObject>(
  name: string,
  model: TestModel<Snapshot, Event, unknown>,
  openDriver: () => Promise<Driver<Snapshot, Event>>,
): void {
  const paths = pathsOf(model)
  const walked = new Walked(name, edgesOf(model))

  test.each(paths.map((path) => [eventsOf(path), path] as const))('%s', async (_, path) => {
    walked.begin(path)
    const driver = await openDriver()
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
