import { expect, test } from 'vitest'
import { setup } from 'xstate'
import { edgesOf, eventsOf, modelOf, pathsOf, Walked } from './walks.ts'

const lamp = setup({ types: { events: {} as { type: 'press' | 'wipe' | 'break' } } }).createMachine({
  initial: 'off',
  states: {
    off: { on: { press: 'on', wipe: 'off', break: 'broken' } },
    on: { on: { press: 'off', break: 'broken' } },
    broken: {},
  },
})

test('few paths take every transition, also one that stays where it is and a longer way', () => {
  expect(pathsOf(modelOf(lamp)).map(eventsOf)).toEqual(['press → press → wipe → break', 'press → break'])
})

test('what no path has taken is named', () => {
  const model = modelOf(lamp)
  const walked = new Walked('a lamp', edgesOf(model))
  const [path] = model.getPathsFromEvents([{ type: 'press' }, { type: 'press' }, { type: 'wipe' }])
  if (path) {
    walked.begin(path)
    walked.add(path)
  }

  expect(walked.missing).toEqual(['broken', 'off --break--> broken', 'on --break--> broken'])
  expect(walked.summary).toBe('a lamp: 1 paths, states 2/3, transitions 3/5')
})
