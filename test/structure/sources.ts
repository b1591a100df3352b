import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path/posix'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../src', import.meta.url))

export interface Import {
  /** `./x.ts` resolved against `src`, or a package as it is written. */
  target: string
  isLocal: boolean
  kind: 'static' | 'type' | 'dynamic'
}

export interface Source {
  /** Below `src`, with slashes. */
  path: string
  text: string
  /** The text, its comments blanked out. */
  code: string
  /** The same, its strings blanked out too. */
  words: string
  imports: Import[]
}

/** Strings, templates and comments; formatted code needs no more of a parser than this. */
const tokens =
  /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|\/\*[\s\S]*?\*\/|(?<![:\\/])\/\/[^\n]*/g

const blank = (text: string) => text.replace(/[^\n]/g, ' ')

function importsOf(path: string, code: string): Import[] {
  const found: Import[] = []
  const add = (target: string | undefined, kind: Import['kind']) => {
    if (target === undefined) return
    const isLocal = target.startsWith('.')
    found.push({ target: isLocal ? normalize(join(dirname(path), target)) : target, isLocal, kind })
  }
  const statics = /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm
  for (const [, type, target] of code.matchAll(statics)) add(target, type === undefined ? 'static' : 'type')
  for (const [, target] of code.matchAll(/\bimport\(\s*'([^']+)'/g)) add(target, 'dynamic')
  return found
}

export function readSources(): Source[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8')
      const code = text.replace(tokens, (token) => (token.startsWith('/') ? blank(token) : token))
      return { path, text, code, words: text.replace(tokens, blank), imports: importsOf(path, code) }
    })
}
