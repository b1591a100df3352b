import { Script } from 'node:vm'
import { afterEach, expect, test, vi } from 'vitest'
import { parseTools } from '../../src/actors/connection/tools.ts'

let deep: unknown = {}
for (let level = 0; level < 200; level++) deep = { items: deep }

afterEach(() => void vi.restoreAllMocks())

test('a tool is read with what this project knows of it, its texts cleaned and capped', async () => {
  const inputSchema = { type: 'object', properties: { a: {} } }
  const raw = {
    name: 'find',
    title: `Find\r\n a\u202e  way ${'y'.repeat(100)}`,
    description: `x\u202e${'y'.repeat(4_100)}`,
    inputSchema,
    annotations: { readOnlyHint: true, title: 'Find', odd: 1 },
    execution: {},
  }
  expect(await parseTools([raw])).toEqual({
    tools: [
      {
        name: 'find',
        title: `Find a way ${'y'.repeat(89)}… (cut: 11 more characters)`,
        description: `x${'y'.repeat(3_999)}… (cut: 101 more characters)`,
        inputSchema,
        annotations: { readOnlyHint: true },
        hash: expect.stringMatching(/^sha256-/),
      },
    ],
    rejected: [],
  })
})

test.each([
  [{ title: 'Own' }, { title: 'Own' }],
  [{ title: 'Own', annotations: { title: 'Annotated' } }, { title: 'Own' }],
  [{ annotations: { title: 'Annotated' } }, { title: 'Annotated' }],
  [{ title: '', annotations: { title: 'Annotated' } }, { title: 'Annotated' }],
  [{ title: ' \n', annotations: { title: 5 } }, {}],
  [{ title: {} }, {}],
  [{}, {}],
])('the title of %j is %j, and no tool is lost for it', async (said, expected) => {
  const { tools, rejected } = await parseTools([{ name: 'a', inputSchema: { type: 'object' }, ...said }])
  const { title } = tools[0] ?? {}
  expect(rejected).toEqual([])
  expect(title === undefined ? {} : { title }).toEqual(expected)
})

test('an output schema may be of any type', async () => {
  const outputSchemas = [{}, { type: 'array', items: {} }, { type: 'null' }, { anyOf: [{ type: 'string' }] }]
  const raw = outputSchemas.map((outputSchema, index) => ({
    name: `tool_${index}`,
    inputSchema: { type: 'object' },
    outputSchema,
  }))
  const { tools, rejected } = await parseTools(raw)
  expect(tools.map((tool) => tool.outputSchema)).toEqual(outputSchemas)
  expect(rejected).toEqual([])
})

test.each([
  ['text', 'what', '(without a name)'],
  ['null', null, '(without a name)'],
  ['an empty name', { name: '', inputSchema: { type: 'object' } }, ''],
  [
    'a name of a thousand characters',
    { name: 'n'.repeat(1_000), inputSchema: { type: 'object' } },
    expect.stringMatching(/^n{100}…/),
  ],
  ['no input schema', { name: 'a' }, 'a'],
  ['an input schema that is no object', { name: 'a', inputSchema: true }, 'a'],
  [
    'an input schema with a wrong reference',
    { name: 'a', inputSchema: { type: 'object', $ref: '#/no' } },
    'a',
  ],
  ['an output schema that is none', { name: 'a', inputSchema: { type: 'object' }, outputSchema: [] }, 'a'],
  [
    'an output schema of a list that refers to itself for ever',
    { name: 'a', inputSchema: { type: 'object' }, outputSchema: { type: 'array', $ref: '#' } },
    'a',
  ],
  [
    'an output schema of a list that is nested too deeply',
    { name: 'a', inputSchema: { type: 'object' }, outputSchema: { type: 'array', items: deep } },
    'a',
  ],
  [
    'an output schema with a wrong reference',
    { name: 'a\u001b', inputSchema: { type: 'object' }, outputSchema: { type: 'object', $ref: '#/no' } },
    'a',
  ],
])('%s is left out and reported', async (_, raw, name) => {
  // The checks have no limit of time here: what a slow machine cannot check in time is not left out.
  vi.spyOn(Script.prototype, 'runInContext').mockImplementation((box) => box.work())
  const good = { name: 'good', inputSchema: { type: 'object' } }
  const { tools, rejected } = await parseTools([raw, good])
  expect(tools.map((tool) => tool.name)).toEqual(['good'])
  expect(rejected).toEqual([{ name, reason: expect.any(String) }])
})
