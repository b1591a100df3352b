import { expect, test } from 'vitest'
import type { AnyStateMachine } from 'xstate'
import { graphOf } from '../../src/inspector/charts/graph.ts'
import { chartOf, svgOf } from '../../src/inspector/charts/index.ts'
import { outlineOf } from '../../src/inspector/charts/outline.ts'
import { callMachine } from '../../src/machines/call.ts'
import { conversationMachine } from '../../src/machines/conversation.ts'
import { serverMachine } from '../../src/machines/server.ts'
import { supervisorMachine } from '../../src/machines/supervisor.ts'

const pictures: [machine: AnyStateMachine, options?: { isOutline: boolean }][] = [
  [supervisorMachine],
  [serverMachine, { isOutline: true }],
  [conversationMachine],
  [callMachine, { isOutline: true }],
]

test.each(pictures.map(([machine, options]) => [machine.id, machine, options] as const))(
  'the picture of the machine “%s” in docs/machines.md is that of the code; `npm run charts` draws it anew',
  async (id, machine, options) => {
    const svg = svgOf(await chartOf(machine, options), { standalone: true })
    const lines = svg.replaceAll(/<(g|rect class="ground") /g, '\n$&')
    await expect(`${lines}\n`).toMatchFileSnapshot(`../../docs/images/machines/${id}.svg`)
  },
)

test('an outline has every way from one state to another, each drawn at least once', () => {
  const whole = graphOf(serverMachine)
  const outline = outlineOf(whole)
  const waysIn = ({ arrows }: typeof whole) =>
    new Set(
      arrows.flatMap(({ target, edges }) => edges.map(({ event, guard }) => `${event} ${guard} ${target}`)),
    )
  expect(waysIn(outline)).toEqual(waysIn(whole))
  expect(outline.arrows.length).toBeLessThan(whole.arrows.length)
})
