import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { problemOfCommand } from './command-help.ts'
import { commandLines } from './commands.ts'
import { projectRoot, readPages } from './pages.ts'

const pages = readPages()
const packageJson = join(projectRoot, 'package.json')
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(packageJson, 'utf8')))

const filesIn = (folder: string) =>
  readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' }).map(
    (path) => `${folder}/${path.replaceAll('\\', '/')}`,
  )
const tests = filesIn('test')
const examples = filesIn('examples')

/** Those of blocks, and those that stand in the text, but for what has dots or a WORD in the place of another. */
const lines = pages.flatMap(({ path, blocks, prose }) => [
  ...blocks
    .filter(({ language, marks }) => language === 'sh' && !marks.some(({ word }) => word === 'skip'))
    .flatMap(({ code, line }) =>
      commandLines(code).map((words) => ({ words, place: `${path}:${line}`, isNamed: false })),
    ),
  ...prose.flatMap((text, index) =>
    [...text.matchAll(/`((?:npx |npm |switchboard )[^`]*)`/g)]
      .filter(([, code = '']) => !/…|\b[A-Z]{3,}\b/.test(code))
      .flatMap(([, code = '']) => commandLines(code))
      .map((words) => ({ words, place: `${path}:${index + 1}`, isNamed: true })),
  ),
])

test('commands of this program are in the pages as the program knows them', async () => {
  const own = lines.filter(({ words }) => words[0] === 'switchboard')
  expect(own.length).toBeGreaterThan(20)
  const problems: string[] = []
  for (const { words, place, isNamed } of own) {
    const problem = await problemOfCommand(words.slice(1))
    if (problem === undefined || (isNamed && problem.endsWith(' lacks an argument'))) continue
    problems.push(`${place}: ${words.join(' ')}: ${problem}`)
  }
  expect(problems).toEqual([])
})

test.each([
  [['page', '--offline', '--config', 'mcp.json'], undefined],
  [['registry', 'key', 'add', 'desk', '--role', 'agent'], undefined],
  [['replay', 'call.jsonl'], undefined],
  [['page', '--registry', '--templates', 'examples/templates.json'], undefined],
  [['pages'], ' knows no pages'],
  [['page', '--ofline'], 'page has no option --ofline'],
  [['replay'], 'replay lacks an argument'],
  [['rehearse', '--speed', 'fast'], expect.stringContaining("'--speed <factor>'")],
  [['registry', 'key', 'add', 'desk', '--role', 'king'], expect.stringContaining('Allowed choices')],
])('%j: %j is what is wrong with it', async (args, problem) => {
  expect(await problemOfCommand(args)).toEqual(problem)
})

test('scripts of npm, files of Node and tests that the pages name are there', () => {
  const problems = lines.flatMap(({ words, place }) => {
    const problem = problemOf(words)
    return problem === undefined ? [] : [`${place}: ${words.join(' ')}: ${problem}`]
  })
  expect(problems).toEqual([])
})

function problemOf([program, ...words]: readonly string[]): string | undefined {
  if (program === 'npm') {
    const rest = words.filter((word) => !/^--?(silent|s)$/.test(word))
    const name = rest[0] === 'run' ? rest[1] : /^(start|test)$/.exec(rest[0] ?? '')?.[0]
    return name === undefined || name in scripts || rest.includes('--prefix') ? undefined : 'no such script'
  }
  if (program === 'npx' && words[0] === 'vitest') {
    return words.filter((word) => word.startsWith('test/')).flatMap((begin) => noneOf(tests, begin) ?? [])[0]
  }
  if (program === 'node') {
    const [, name] = /^dist\/(examples\/.*)\.js$/.exec(words[0] ?? '') ?? []
    return name === undefined ? undefined : noneOf(examples, `${name}.ts`)
  }
  return undefined
}

function noneOf(paths: readonly string[], begin: string): string | undefined {
  return paths.some((path) => path.startsWith(begin)) ? undefined : `there is no ${begin}`
}
