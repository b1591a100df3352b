import { expect, test } from 'vitest'
import { type AnyStateMachine, createActor, type InspectionEvent, setup } from 'xstate'
import { activeStatesOf, type Chart, chartOf, edgeIdOf, svgOf } from '../../src/inspector/charts/index.ts'
import { callMachine } from '../../src/machines/call.ts'
import { conversationMachine } from '../../src/machines/conversation.ts'
import { serverMachine } from '../../src/machines/server.ts'
import { supervisorMachine } from '../../src/machines/supervisor.ts'
import { workerMachine } from '../../src/machines/worker.ts'
import { MachineCoverage } from '../model/machine-coverage.ts'
import { clockMachine, edgeIdsOf, readXml, stateIdsOf } from './charts-support.ts'

const machines = new Map<string, AnyStateMachine>(
  [serverMachine, supervisorMachine, callMachine, conversationMachine, workerMachine, clockMachine].map(
    (machine) => [machine.id, machine],
  ),
)
const charts = new Map<string, Promise<Chart>>()

function chartNamed(id: string): Promise<Chart> {
  const machine = machines.get(id) ?? expect.fail(`no machine ${id}`)
  const chart = charts.get(id) ?? chartOf(machine)
  charts.set(id, chart)
  return chart
}

const elementsOf = async (id: string) => readXml(svgOf(await chartNamed(id)))

test.each([...machines])(
  'each state and each transition of “%s” is in its chart once',
  async (id, machine) => {
    const elements = await elementsOf(id)
    const valuesOf = (name: string) => elements.flatMap(({ attributes }) => attributes[name] ?? [])

    expect(valuesOf('data-state').sort()).toEqual(stateIdsOf(machine).sort())
    expect(valuesOf('data-edge').sort()).toEqual(edgeIdsOf(machine).sort())
    const { transitions } = new MachineCoverage([machine])
    expect(new Set(valuesOf('data-edge')).size).toBe(transitions.all.length)
  },
)

interface Rectangle {
  x: number
  y: number
  width: number
  height: number
}

const overlap = (one: Rectangle, other: Rectangle) =>
  one.x < other.x + other.width &&
  other.x < one.x + one.width &&
  one.y < other.y + other.height &&
  other.y < one.y + one.height

const isWithin = (inner: Rectangle, outer: Rectangle) =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height

test.each([...machines.keys()])(
  'in the chart of “%s” nothing stands on anything else, and nothing is cut',
  async (id) => {
    const { states, arrows, origins, width, height } = await chartNamed(id)
    const boxes = new Map(states.map((placed) => [placed.state.id, placed]))
    const boxOf = (id: string) => boxes.get(id) ?? expect.fail(`no box of ${id}`)
    const leaves = states.filter(({ state }) => state.children.length === 0)
    const labels = arrows.map(({ label, arrow }) => ({ ...label, arrow }))

    for (const { state, box, ...place } of states) {
      expect(isWithin(place, { x: 0, y: 0, width, height })).toBe(true)
      for (const child of state.children) {
        expect(isWithin(boxOf(child.id), place)).toBe(true)
        // What the outer box says stands above those in it.
        expect(boxOf(child.id).y).toBeGreaterThanOrEqual(place.y + box.height)
      }
      for (const piece of box.pieces) {
        expect(piece.x + piece.width).toBeLessThanOrEqual(place.width)
        expect(piece.y).toBeLessThan(box.height)
      }
    }
    const apart = [...leaves, ...origins, ...labels]
    for (const [index, one] of apart.entries()) {
      expect(one.width).toBeGreaterThan(0)
      expect(isWithin(one, { x: 0, y: 0, width, height })).toBe(true)
      for (const other of apart.slice(index + 1))
        expect([one, other].filter(() => overlap(one, other))).toEqual([])
    }
  },
)

test('a transition that is taken by any copy of a machine is found in its chart', async () => {
  const taken: string[][] = []
  const inspect = (event: InspectionEvent) => {
    if (event.type === '@xstate.microstep') taken.push(event._transitions.map(edgeIdOf))
  }
  const copy = clockMachine.provide({ guards: { isLate: () => true, isLoud: () => false } })
  const actor = createActor(copy, { inspect }).start()
  for (const type of ['next', 'next', 'cross', 'home', 'up', 'deep', 'wind <&"up">'] as const)
    actor.send({ type })
  actor.send({ type: 'loop', times: 1 })

  expect(taken.filter(({ length }) => length > 0)).toEqual([
    ['clock.outer.inner.first/next/0'],
    // Its guard lets it go back at once.
    ['clock.outer.inner.second/always/0'],
    ['clock.outer.inner.first/next/0'],
    ['clock.outer.inner.second/always/0'],
    ['clock.outer.inner.first/cross/0'],
    ['clock.side.sub/home/0'],
    ['clock.outer.inner.first/up/0'],
    ['clock/deep/0'],
    ['clock.outer.inner.second/always/0'],
    ['clock/*/0'],
    ['clock.outer.inner.first/loop/1'],
  ])
  const drawn = (await elementsOf('clock')).map(({ attributes }) => attributes['data-edge'])
  expect(taken.flat().filter((id) => !drawn.includes(id))).toEqual([])
})

test('the states that are active are told, the outer ones first', () => {
  const actor = createActor(clockMachine).start()
  expect(activeStatesOf(actor.getSnapshot())).toEqual([
    'clock.outer',
    'clock.outer.inner',
    'clock.outer.inner.first',
  ])
  actor.send({ type: 'cross' })
  expect(activeStatesOf(actor.getSnapshot())).toEqual(['clock.side', 'clock.side.sub'])
})

test('each transition says what leads to it, under which condition, and what it does', async () => {
  const elements = await elementsOf('clock')
  const told = elements.flatMap(({ name, text, parent }) => {
    const id = parent?.attributes['data-edge']
    return name === 'title' && id ? [[id, text, parent.text.slice(text.length)]] : []
  })
  expect(told.sort()).toEqual(
    [
      ['clock/again/0', 'again: clock → clock', 'again → clock'],
      ['clock/deep/0', 'deep: clock → second', 'deep'],
      ['clock/*/0', 'any other event: stays in clock; does ring', 'any other event'],
      ['clock.outer/self/0', 'self: outer → outer', 'self → outer'],
      ['clock.outer/inside/0', 'inside: outer → inner', 'inside'],
      ['clock.outer/xstate.done.state.clock.outer/0', 'done: outer → end <&"1">', 'done'],
      ['clock.outer/xstate.done.actor.0.clock.outer/0', 'fetch done: outer → end <&"1">', 'fetch done'],
      [
        'clock.outer/xstate.error.actor.0.clock.outer/0',
        'fetch failed, if isLate: outer → failed',
        'fetch failed [isLate]',
      ],
      [
        'clock.outer/xstate.error.actor.0.clock.outer/1',
        'fetch failed, otherwise: stays in outer; does ring',
        'fetch failed [else]',
      ],
      ['clock.outer/xstate.after.soon.clock.outer/0', 'after soon: outer → over', 'after soon'],
      [
        'clock.outer/xstate.after.500.clock.outer/0',
        'after 500 ms, if isLate: outer → failed',
        'after 500 ms [isLate]',
      ],
      ['clock.outer.inner.first/up/0', 'up: first → outer; does ring', 'up → outer'],
      ['clock.outer.inner.first/next/0', 'next: first → second', 'next'],
      ['clock.outer.inner.first/cross/0', 'cross: first → sub', 'cross'],
      ['clock.outer.inner.first/loop/0', 'loop, if #1: first → first', '[#1] → first'],
      ['clock.outer.inner.first/loop/1', 'loop, otherwise: stays in first', '[else]'],
      [
        'clock.outer.inner.second/always/0',
        'always, if isLate and not isLoud: second → first',
        'always[isLate and not isLoud]',
      ],
      ['clock.outer.inner.second/wind <&"up">/0', 'wind <&"up">: second → failed', 'wind <&"up">'],
      ['clock.side.sub/home/0', 'home: sub → inner', 'home'],
    ].sort(),
  )
})

test('a state says what runs in it, and has a place for what is left of its delays', async () => {
  const elements = await elementsOf('clock')
  const insideOf = (id: string) =>
    elements.flatMap(({ attributes, text, parent }) =>
      parent?.attributes['data-state'] === id && attributes.class ? [[attributes.class, text]] : [],
    )
  expect(insideOf('clock.outer').filter(([name]) => name !== 'edge')).toEqual([
    ['box', ''],
    ['bar', ''],
    ['name', 'outer'],
    ['countdown', ''],
    ['note', 'invokes fetch'],
    ['note', 'in any state:'],
  ])
  expect(insideOf('clock.failed')).toEqual([
    ['box', ''],
    ['name', 'failed'],
  ])
  expect(elements.flatMap(({ attributes }) => attributes['data-countdown'] ?? [])).toEqual(['clock.outer'])
  const classes = elements.flatMap(({ attributes }) => (attributes['data-state'] ? [attributes.class] : []))
  expect(new Set(classes)).toEqual(new Set(['state', 'state is-compound', 'state is-final']))
})

test('the picture brings styles along only where it stands alone', async () => {
  const chart = await chartNamed('supervisor')
  const inPage = readXml(svgOf(chart))
  expect(inPage.filter(({ name, attributes }) => name === 'style' || 'style' in attributes)).toEqual([])
  const [style] = readXml(svgOf(chart, { standalone: true })).filter(({ name }) => name === 'style')
  expect(style?.text).toContain('--accent:')
  expect(style?.text).toContain('.chart .is-active > .box')
  expect(inPage[0]).toMatchObject({
    name: 'svg',
    attributes: {
      role: 'img',
      'aria-label': 'Statechart of the machine supervisor',
      viewBox: `0 0 ${chart.width} ${chart.height}`,
    },
  })
})

test('a machine that cannot be drawn is refused', async () => {
  const parallel = setup({}).createMachine({ id: 'both', type: 'parallel', states: { one: {}, other: {} } })
  await expect(chartOf(parallel)).rejects.toThrow('the chart of a parallel state cannot be drawn: both')
})
