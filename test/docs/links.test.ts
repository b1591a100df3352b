import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path/posix'
import { expect, test } from 'vitest'
import { anchorsOf, type Page, projectRoot, readPage, readPages } from './pages.ts'

const pages = readPages()
const byPath = new Map(pages.map((page) => [page.path, page]))

/** Written by commands that the pages name, and kept in no repository. */
const generated = /^(dist|docs\/reference)(\/|$)/

function linksOf({ prose }: Page): { target: string; line: number }[] {
  const link = /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|(?:src|href|srcset)="([^"]+)"|^\[[^\]]+\]:\s+(\S+)/g
  return prose.flatMap((text, index) => {
    const withoutCode = text.replace(/`[^`]*`/g, (code) => ' '.repeat(code.length))
    return [...withoutCode.matchAll(link)].map(([, first, second, third]) => ({
      target: first ?? second ?? third ?? '',
      line: index + 1,
    }))
  })
}

function problemOf(page: Page, target: string): string | undefined {
  if (/^[a-z]+:/.test(target)) {
    const url = URL.canParse(target) ? new URL(target) : undefined
    const isFine = url?.protocol === 'https:' || url?.protocol === 'mailto:'
    return isFine ? undefined : 'no https address'
  }
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? page.path : normalize(join(dirname(page.path), decodeURI(path)))
  if (generated.test(file)) return undefined
  if (path !== '' && !isThere(file)) return 'no such file'
  if (anchor === undefined) return undefined
  const other = file === page.path ? page : byPath.get(file)
  if (other === undefined) return 'an anchor in what is no page'
  return anchorsOf(other).includes(anchor) ? undefined : 'no such heading'
}

/** In the very letters: not every file system tells them apart. */
function isThere(path: string): boolean {
  if (path === '.' || path === '') return true
  const folder = join(projectRoot, dirname(path))
  return existsSync(folder) && readdirSync(folder).includes(basename(path))
}

const problemsOf = (page: Page) =>
  linksOf(page).flatMap(({ target, line }) => {
    const problem = problemOf(page, target)
    return problem === undefined ? [] : [`${page.path}:${line}: ${target}: ${problem}`]
  })

test('links of the pages lead somewhere: to files, headings and pictures that there are', () => {
  expect(pages.flatMap(linksOf).length).toBeGreaterThan(30)
  expect(pages.flatMap(problemsOf)).toEqual([])
})

test('the index of docs leads to every page', () => {
  const index = byPath.get('docs/README.md') ?? expect.fail('there is no docs/README.md')
  const linked = linksOf(index).map(({ target }) => normalize(join('docs', target)))
  const missing = pages
    .map(({ path }) => path)
    .filter((path) => path.startsWith('docs/') && path !== index.path)
  expect(missing.filter((path) => !linked.includes(path))).toEqual([])
})

test('a link that leads nowhere is told where it stands', () => {
  const text = `# A title, with *words*

See [one](#a-title-with-words), [two](#no-title) and [three](docs/none.md).
![four](docs/images/none.png "words") [five](README.md#no-title) [six](ftp://example.com) \`[no](link)\`
[seven](readme.md)
`
  expect(problemsOf(readPage('page.md', text))).toEqual([
    'page.md:3: #no-title: no such heading',
    'page.md:3: docs/none.md: no such file',
    'page.md:4: docs/images/none.png: no such file',
    'page.md:4: README.md#no-title: no such heading',
    'page.md:4: ftp://example.com: no https address',
    'page.md:5: readme.md: no such file',
  ])
})

/** Not in decisions, which stay as they were written. */
test('files of this project that the pages name are there', () => {
  const own = /^(src|test|docs|examples|bench|conformance)\/[\w./-]+$/
  const missing = pages
    .filter(({ path }) => !path.startsWith('docs/decisions/'))
    .flatMap(({ path, prose }) =>
      prose.flatMap((text, index) =>
        [...text.matchAll(/`([^`]+)`/g)]
          .flatMap(([, code = '']) => code)
          .filter(
            (code) => own.test(code) && !generated.test(code) && !isThere(normalize(code).replace(/\/$/, '')),
          )
          .map((code) => `${path}:${index + 1}: ${code}`),
      ),
    )
  expect(missing).toEqual([])
})
