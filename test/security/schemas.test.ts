import { expect, onTestFinished, test } from 'vitest'
import type { JsonObject } from '../../src/index.ts'
import { watchTurns } from '../support/longest-turn.ts'
import { openReady } from '../support/opened.ts'
import { json, RawServer } from '../support/raw-http.ts'
import { until } from '../support/until.ts'

/** S13 says 50 ms. Five times that is for processors that others share. */
const maxTurnMs = 250

function nested(levels: number, inner: unknown, around: (inner: unknown) => unknown): unknown {
  let all = inner
  for (let level = 0; level < levels; level++) all = around(all)
  return all
}

/** Each definition twice the next: 2^40 checks in all. */
function bomb(keyword: string): JsonObject {
  const names = Array.from({ length: 40 }, (_, index) => `d${index}`)
  const $defs = Object.fromEntries(
    names.map((name, index) => [name, { [keyword]: [1, 2].map(() => ({ $ref: `#/$defs/d${index + 1}` })) }]),
  )
  return { $defs: { ...$defs, d40: { type: 'object' } }, $ref: '#/$defs/d0' }
}

const letters = `${'a'.repeat(50)}!`
/** Only the last fits a number. */
const types = Array.from({ length: 140 }, (_, index) => (index < 139 ? 'null' : 'integer'))
const many = Array.from({ length: 20_000 }, (_, index) => index)
const parsed = (text: string): JsonObject => JSON.parse(text)
const property = (schema: unknown): JsonObject => ({ properties: { x: schema } })

/** Name, what its schema has besides `type: object`, hostile arguments, and whether it can be used. */
const hostile: [string, JsonObject, JsonObject, 'usable' | RegExp][] = [
  ['deep', property(nested(3_000, {}, (not) => ({ not }))), { x: 1 }, /nested more than 100 levels/],
  ['deeper', property(nested(3_000, [], (inner) => [inner])), { x: 1 }, /nested more than 100 levels/],
  ['deep_data', { default: nested(3_000, 1, (a) => ({ a })) }, {}, /nested more than 100 levels/],
  ['cycle', { $ref: '#' }, {}, /call stack/],
  ['two_cycles', { anyOf: [{ $ref: '#' }, { $ref: '#' }] }, {}, /call stack/],
  ['cycle_below', property({ $ref: '#/properties/x' }), { x: 1 }, 'usable'],
  ['all_bomb', bomb('allOf'), {}, 'usable'],
  ['any_bomb', bomb('anyOf'), {}, 'usable'],
  ['one_bomb', property({ $ref: '#/$defs/d0' }), { x: {} }, 'usable'],
  ['letters', property({ pattern: '^(a+)+$' }), { x: letters }, 'usable'],
  ['choices', property({ pattern: '^(a|a)*$' }), { x: letters }, 'usable'],
  ['names', { patternProperties: { '^(a+)+$': {} } }, { [letters]: 1 }, 'usable'],
  ['property_names', { propertyNames: { pattern: '^(a|aa)+$' } }, { [letters]: 1 }, 'usable'],
  ['blanks', property({ pattern: '\\s+$' }), { x: `${' '.repeat(300_000)}x` }, 'usable'],
  ['address', property({ format: 'url' }), { x: `http://${'a'.repeat(60)}!` }, 'usable'],
  ['huge_enum', property({ enum: many }), { x: 'none' }, /more than 10000 values/],
  ['long_enum', property({ enum: many.slice(0, 9_000) }), { x: many }, 'usable'],
  ['unique', property({ uniqueItems: true }), { x: many.map((one) => ({ one })) }, 'usable'],
  ['contained', property({ contains: { enum: many.slice(0, 5_000) } }), { x: many.map(String) }, 'usable'],
  ['huge_text', { description: 'x'.repeat(3_000_000) }, {}, /more than 200000 characters/],
  ['huge_name', { properties: { ['x'.repeat(3_000_000)]: {} } }, {}, /more than 200000 characters/],
  [
    'proto',
    parsed('{"properties":{"__proto__":{"type":"string"}}}'),
    parsed('{"__proto__":1}'),
    /"__proto__"/,
  ],
  ['inner_names', parsed('{"__absolute_ref__":"x","$ref":"#/no"}'), {}, /Unresolved/],
  ['no_list', { required: 5, enum: 7 }, {}, /./],
]

const good = { name: 'good', inputSchema: { type: 'object', properties: { n: { type: 'integer' } } } }

async function listing(tools: unknown[]) {
  const server = await RawServer.start()
  server.tools = tools
  const longestTurnMs = watchTurns()
  const opened = await openReady({ it: { url: server.url } })
  return { server, opened, longestTurnMs }
}

test('hostile schemas hold nothing up: each tool can be used or is left out with the reason', async () => {
  expect(hostile.length).toBeGreaterThanOrEqual(20)
  const bombs = bomb('oneOf').$defs
  const tools = hostile.map(([name, schema]) => ({
    name,
    inputSchema: { type: 'object', ...schema, ...(name === 'one_bomb' ? { $defs: bombs } : {}) },
  }))
  const { opened, longestTurnMs } = await listing([...tools, good, { ...good, description: 'again' }])
  const { switchboard } = opened

  for (const [name, , args, expected] of hostile) {
    const outcome = await switchboard.call(name, args)
    const rejected = opened.server('it').rejected.find((one) => one.name === name)
    if (expected === 'usable') {
      expect(rejected, name).toBeUndefined()
      if (!outcome.ok) expect(outcome.error.code, name).toBe('invalid_arguments')
      if (!outcome.ok) expect(outcome.error.message.length).toBeLessThan(1_000)
    } else {
      expect(rejected?.reason, name).toMatch(expected)
      expect(outcome, name).toMatchObject({ ok: false, error: { code: 'unknown_function', effect: 'none' } })
    }
    expect(await switchboard.call('good', { n: 1 }), `beside ${name}`).toMatchObject({ ok: true })
  }
  expect(opened.server('it').rejected).toContainEqual({ name: 'good', reason: 'the server lists it twice' })
  expect(await switchboard.call('good', { n: 'one' })).toMatchObject({ error: { code: 'invalid_arguments' } })

  expect(longestTurnMs()).toBeLessThan(maxTurnMs)
})

test('a pattern that takes too long is passed over, which is said once; the server judges', async () => {
  const warnings: string[] = []
  const collect = ({ message }: Error) => warnings.push(message)
  process.on('warning', collect)
  onTestFinished(() => void process.off('warning', collect))
  const inputSchema = { type: 'object', ...property({ pattern: '^(a+)+$' }) }
  const { server, opened } = await listing([{ name: 'slow_one', inputSchema }])

  const judged = async () => {
    const outcome = await opened.switchboard.call('slow_one', { x: 'b' })
    return !outcome.ok && outcome.error.code
  }
  // Where others have the processor, a check is stopped that takes no time of its own.
  expect(await until(judged, 'what is soon checked is refused')).toBe('invalid_arguments')
  const before = server.count('tools/call')
  for (const _ of [1, 2]) {
    expect(await opened.switchboard.call('slow_one', { x: letters })).toMatchObject({ ok: true })
  }

  expect(server.count('tools/call') - before).toBe(2)
  await new Promise(setImmediate)
  expect(warnings.filter((one) => one.includes('slow_one'))).toEqual([
    'a call of slow_one cannot be checked against its schema: it takes more than 30 ms to check',
  ])
})

const slowItems = { pattern: '^(a|a)*$' }

test.each([
  ['because of a pattern', { type: 'object', ...property({ items: slowItems }) }, { x: [letters, letters] }],
  ['because of its size', property({ items: { anyOf: types.map((type) => ({ type })) } }), { x: many }],
  ['be it a list', { type: 'array', items: slowItems }, [letters, letters]],
  ['be it a text', { type: 'string', ...slowItems }, letters],
])(
  'an answer that takes too long to check holds nothing up, %s',
  async (_, outputSchema, structuredContent) => {
    const { server, opened, longestTurnMs } = await listing([{ ...good, outputSchema }])
    server.handlers.set('tools/call', (response, id) =>
      json(response, { jsonrpc: '2.0', id, result: { structuredContent } }),
    )
    expect(await opened.switchboard.call('good', {})).toMatchObject({ ok: true })

    expect(longestTurnMs()).toBeLessThan(maxTurnMs)
  },
)

test('fifty hostile tools are read with rests in between', async () => {
  const tools = Array.from({ length: 50 }, (_, index) => ({
    name: `bomb_${index}`,
    inputSchema: { type: 'object', ...bomb('allOf') },
  }))
  const { opened, longestTurnMs } = await listing([...tools, good])
  expect(opened.server('it').functions).toHaveLength(51)
  expect(await opened.switchboard.call('good', {})).toMatchObject({ ok: true })

  expect(longestTurnMs()).toBeLessThan(maxTurnMs)
})
