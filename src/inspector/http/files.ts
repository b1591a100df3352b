import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Reply } from './reply.ts'

const sources = new URL('../../../src/inspector/page/', import.meta.url)
const scripts = new URL('../../../dist/inspector/page/', import.meta.url)

/** What the page is made of: our own scripts as the build wrote them, our styles as they are, and one package. */
const places: {
  path: RegExp
  type: string
  locate: (name: string) => URL
  told?: (text: string) => string
}[] = [
  {
    path: /^\/page\/styles\/([a-z-]+\.css)$/,
    type: 'text/css',
    locate: (name) => new URL(`styles/${name}`, sources),
  },
  {
    path: /^\/page\/vendor\/lit-html\/((?:directives\/)?[a-z-]+\.js)$/,
    type: 'text/javascript',
    locate: (name) => inPackage('lit-html', name),
  },
  {
    path: /^\/page\/((?:[a-z-]+\/)*[a-z-]+\.js)$/,
    type: 'text/javascript',
    locate: (name) => new URL(name, scripts),
    // A tenth of what the compiler writes is indentation.
    told: (text) => text.replace(/^ +/gm, ''),
  },
]

/** Nothing where there is no such file. */
export async function fileAt(path: string): Promise<Reply | undefined> {
  for (const { path: pattern, type, locate, told } of places) {
    const name = pattern.exec(path)?.[1]
    if (name === undefined) continue
    try {
      const file = await readFile(locate(name))
      const body = told ? told(file.toString('utf8')) : file
      return { status: 200, headers: { 'Content-Type': `${type}; charset=utf-8` }, body }
    } catch {
      return undefined
    }
  }
  return undefined
}

const { resolve } = createRequire(import.meta.url)

/** Wherever the package stands: its main file is one folder deep in it. */
function inPackage(name: string, path: string): URL {
  return new URL(path, `${pathToFileURL(dirname(dirname(resolve(name))))}/`)
}
