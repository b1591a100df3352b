import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { createProgram } from '../../src/cli/program.ts'
import { readSources } from '../structure/sources.ts'

const program = createProgram(() => {})
const commands = allBelow(program)

/** As it is typed: `registry key add`. */
function allBelow(parent: Command, before = ''): { path: string; command: Command }[] {
  return parent.commands.flatMap((command) => {
    const path = `${before}${command.name()}`
    return [{ path, command }, ...allBelow(command, `${path} `)]
  })
}

function helpOf(command: Command): string {
  let text = ''
  const written = (part: string) => {
    text += part
  }
  command.configureOutput({ ...command.configureOutput(), writeOut: written })
  command.outputHelp()
  return text
}

/** Code and meaning. */
function exitCodesIn(help: string): [string, string][] {
  const [, block = ''] = /^Exit codes:\n((?: {2}.*\n)+)/m.exec(help) ?? []
  return [...block.matchAll(/^ {2}(\d+) +(.+)$/gm)].map(([, code = '', meaning = '']) => [code, meaning])
}

function optionsOf({ options }: Command): string[] {
  return options.flatMap(({ long }) => long ?? [])
}

test('all commands are looked at', () => {
  expect(commands.map(({ path }) => path).filter((path) => !path.includes(' '))).toEqual(
    expect.arrayContaining([
      'list',
      'call',
      'watch',
      'doctor',
      'rehearse',
      'page',
      'worker',
      'proxy',
      'replay',
    ]),
  )
  expect(commands.map(({ path }) => path)).toContain('registry key add')
})

describe.each(commands)('the help of $path', ({ path, command }) => {
  const help = helpOf(command)

  test('has an example of it, and every exit code', () => {
    expect(help).toMatch(new RegExp(`^ {2}\\$ npx switchboard ${path}`, 'm'))
    expect(Object.fromEntries(exitCodesIn(help))).toMatchObject({ 0: /./, 2: /./ })
  })

  test('says each default once, and none that is no more than an empty list', () => {
    const defaults = command.options.map(({ long, description, defaultValue }) => ({
      long,
      count: Number(defaultValue !== undefined) + [...description.matchAll(/\bdefault\b/g)].length,
      isList: Array.isArray(defaultValue),
    }))
    expect(defaults.filter(({ count, isList }) => count > 1 || isList)).toEqual([])
  })

  test('has no colour, and a line for the list of commands', () => {
    expect(help).not.toContain('\u001b')
    expect((command.summary() || command.description()).length).toBeLessThan(80)
  })
})

test('what works on servers takes --config, and all but those that only log or print a script take --json', () => {
  const top = program.commands
  const without = (option: string) =>
    top.filter((command) => !optionsOf(command).includes(option)).map((command) => command.name())
  expect(without('--json')).toEqual(['worker', 'complete'])
  expect(without('--config')).toEqual(
    expect.arrayContaining(['registry', 'replay', 'own-servers', 'complete']),
  )
  for (const name of ['list', 'call', 'watch', 'doctor', 'rehearse', 'page', 'worker', 'proxy']) {
    expect(without('--config')).not.toContain(name)
  }
})

describe('docs/command-line.md', () => {
  const page = readFileSync(new URL('../../docs/command-line.md', import.meta.url), 'utf8')
  const sections = new Map(
    page
      .split(/^## /m)
      .slice(1)
      .map((section) => [section.split('\n')[0] ?? '', section]),
  )

  test('has a section for each command, in the order of --help', () => {
    const named = [...sections.keys()].filter((title) => /^`/.test(title))
    expect(named).toEqual(program.commands.map((command) => `\`${command.name()}\``))
  })

  test.each(program.commands)('tells the exit codes of %s as its help does', (command) => {
    const section = sections.get(`\`${command.name()}\``) ?? ''
    const told = [...section.matchAll(/^\| (\d+) \| (.+) \|$/gm)].map(([, code, meaning]) => [code, meaning])
    expect(told).toEqual(exitCodesIn(helpOf(command)))
    expect(section).toMatch(new RegExp(`npx switchboard ${command.name()}`))
  })
})

test('colours come from one file, which asks the terminal, and what moves the cursor from two', () => {
  const sources = readSources().filter(({ path }) => path.startsWith('cli/'))
  const with_ = (pattern: RegExp) => sources.filter(({ code }) => pattern.test(code)).map(({ path }) => path)
  expect(with_(/styleText/)).toEqual(['cli/paint.ts'])
  expect(with_(/\\u001b|\\x1b/i)).toEqual(['cli/status-line.ts', 'cli/watch/screen.ts'])
})

test('`list`, `call` and completion load what they need and no more', () => {
  const byPath = new Map(readSources().map((source) => [source.path, source]))
  const loadedBy = (...entries: string[]) => {
    const reached = new Set<string>()
    const packages = new Set<string>()
    const visit = (path: string) => {
      if (reached.has(path)) return
      reached.add(path)
      for (const { isLocal, kind, target } of byPath.get(path)?.imports ?? []) {
        if (kind !== 'static') continue
        if (isLocal) visit(target)
        else if (!target.startsWith('node:')) packages.add(target)
      }
    }
    for (const entry of entries) visit(entry)
    return [...packages].sort()
  }
  const ofSwitchboard = ['@cfworker/json-schema', 'jsonc-parser', 'xstate', 'zod']
  expect(loadedBy('cli/program.ts')).toEqual(['commander', 'zod'])
  expect(loadedBy('cli/list/run.ts')).toEqual(ofSwitchboard)
  expect(loadedBy('cli/call/run.ts')).toEqual(ofSwitchboard)
  expect(loadedBy('cli/watch/run.ts')).toEqual(ofSwitchboard)
  expect(loadedBy('cli/completion/answer.ts')).toEqual(['jsonc-parser', 'zod'])
})
