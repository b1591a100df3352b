import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ServerOptions, serverOptionsSchema } from '../../src/config/definition.ts'
import { serverStates } from '../../src/contract/protocol.ts'
import { Directory, isCallable, type ServerReport } from '../../src/machines/directory.ts'
import { isReserved } from '../../src/machines/names.ts'
import { anyName } from './arbitraries.ts'

/** What the Realtime API takes. */
const legal = /^[a-zA-Z0-9_-]{1,64}$/

const servers: Record<string, ServerOptions> = {
  web: serverOptionsSchema.parse({}),
  mail: serverOptionsSchema.parse({ exclude: ['send'], tools: { look: { as: 'search' } } }),
  north: serverOptionsSchema.parse({ group: 'weather' }),
  south: serverOptionsSchema.parse({ group: 'weather' }),
}
/** Its only member, and named as a server that is none of it. */
const member = serverOptionsSchema.parse({ group: 'web' })
const serverName = fc.constantFrom(...Object.keys(servers))
const toolName = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('search', 'look', 'send', 'web__search', 'tool_status', 'lk_agents_x'),
  },
  anyName,
)
const inputSchema = fc.constantFrom({ type: 'object' }, { type: 'object', required: ['q'] })
const tool = fc.record({ name: toolName, inputSchema }).map((given) => ({
  ...{ ...given, description: '', annotations: {}, hash: '' },
}))

type Step =
  | { do: 'list'; server: string; tools: ServerReport['tools'] }
  | { do: 'become'; server: string; state: ServerReport['state'] }
  | { do: 'remove'; server: string }
  | { do: 'arrange'; order: string[] }
  | { do: 'settle' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('list' as const),
      server: serverName,
      tools: fc.array(tool, { maxLength: 5 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('become' as const),
      server: serverName,
      state: fc.constantFrom(...serverStates),
    }),
  },
  fc.record({ do: fc.constant('remove' as const), server: serverName }),
  fc.record({ do: fc.constant('arrange' as const), order: fc.shuffledSubarray(Object.keys(servers)) }),
  fc.record({ do: fc.constant('settle' as const) }),
)

/** A directory, and beside it what it was told. */
class Told {
  readonly directory: Directory
  readonly reports = new Map<string, ServerReport>()
  /** Function name → its owner and tool, since it settled. */
  readonly owners = new Map<string, string>()
  isSettled = false

  constructor(parent?: Directory) {
    this.directory = new Directory(parent)
  }

  take(step: Step): void {
    if (step.do === 'arrange') this.directory.arrange(step.order)
    else if (step.do === 'settle') {
      this.directory.settle()
      this.isSettled = true
    } else if (step.do === 'remove') {
      this.directory.remove(step.server)
      this.reports.delete(step.server)
    } else this.#report(step)
  }

  #report(step: Extract<Step, { do: 'list' | 'become' }>): void {
    const name = step.server
    const known: ServerReport = this.reports.get(name) ?? {
      ...{ name, state: 'ready', since: 0, generation: 1, transport: 'stdio', listed: true },
      ...{ tools: [], rejected: [] },
    }
    const report = step.do === 'list' ? { ...known, tools: step.tools } : { ...known, state: step.state }
    this.reports.set(name, report)
    this.directory.update(report, servers[name] ?? member, { send: () => {} })
  }

  /** Every name that a server offers something under. */
  names(): string[] {
    return [...new Set(this.directory.statuses().flatMap(({ functions }) => functions))]
  }
}

function checkAll(told: Told): void {
  const { directory, reports, owners } = told
  const offered = directory.functions()
  expect(new Set(offered.map(({ name }) => name)).size).toBe(offered.length)
  expect(
    told.directory
      .statuses()
      .map(({ name }) => name)
      .sort(),
  ).toEqual([...reports.keys()].sort())

  const placed = new Set<string>()
  for (const name of told.names()) {
    expect(name).toMatch(legal)
    expect(isReserved(name)).toBe(false)
    const route = directory.route(name)
    expect(route?.name).toBe(name)
    for (const { entry, tool } of route?.members ?? []) {
      const { report, options } = entry
      expect(reports.get(report.name)?.tools).toContain(tool)
      expect(options.exclude).not.toContain(tool.name)
      expect(tool.inputSchema).toEqual(route?.members[0]?.tool.inputSchema)
      const owner = JSON.stringify([options.group ?? report.name, tool.name])
      if (told.isSettled) {
        expect(owners.get(name) ?? owner).toBe(owner)
        owners.set(name, owner)
      }
      placed.add(JSON.stringify([report.name, tool.name]))
    }
    const callable = route?.members.some(({ entry }) => isCallable(entry.report.state)) ?? false
    const function_ = offered.find((one) => one.name === name)
    if (function_) expect(function_.callable).toBe(callable)
  }

  // Nothing gets lost: what a server lists is offered, or it is said why not.
  for (const { name: server, rejected } of directory.statuses()) {
    const missing = (reports.get(server)?.tools ?? []).filter(({ name }) => {
      const isLeftOut = servers[server]?.exclude.includes(name) ?? false
      return !isLeftOut && !placed.has(JSON.stringify([server, name]))
    })
    for (const { name } of missing) expect(rejected.map((one) => one.name)).toContain(name)
  }
}

const toWhom = fc.constantFrom('shared', 'own')

test('function names are legal, unique and their owner’s, in whatever order servers come, list and go', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(toWhom, step), { maxLength: 25 }), (steps) => {
      const shared = new Told()
      const own = new Told(shared.directory)
      for (const [whom, step] of steps) {
        const told = whom === 'shared' ? shared : own
        told.take(step)
        checkAll(told)
      }
      checkAll(own)
    }),
    { numRuns: 100 },
  )
})

test('an owner that was away has its names again', () => {
  const names = fc.uniqueArray(toolName, { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(names, names, (ofWeb, ofMail) => {
      const told = new Told()
      const listed = (server: string, of: string[]): Step => ({
        do: 'list',
        server,
        tools: of.map((name) => ({ name, inputSchema: {}, description: '', annotations: {}, hash: '' })),
      })
      told.take(listed('web', ofWeb))
      told.take({ do: 'settle' })
      told.take(listed('mail', ofMail))
      const before = told.directory.status({ ...entryOf(told, 'web') }).functions
      told.take({ do: 'remove', server: 'web' })
      told.take(listed('mail', [...ofMail].reverse()))
      told.take(listed('web', ofWeb))
      expect(told.directory.status({ ...entryOf(told, 'web') }).functions.sort()).toEqual(before.sort())
    }),
  )
})

test('a group is not one with a server that has the same name', () => {
  const told = new Told()
  const search = { name: 'search', inputSchema: {}, description: '', annotations: {}, hash: '' }
  told.take({ do: 'list', server: 'web', tools: [search] })
  told.take({ do: 'list', server: 'member', tools: [search] })
  const members = told.directory.functions().map(({ servers }) => servers)
  expect(members.filter((servers) => servers.length > 1)).toEqual([])
})

function entryOf({ directory }: Told, name: string) {
  const entry = directory.entry(name)
  if (!entry) throw new Error(`no ${name}`)
  return entry
}
