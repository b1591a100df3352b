import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { projectRoot } from './pages.ts'
import type { ShownFile } from './programs.ts'

const execute = promisify(execFile)
const compiler = join(projectRoot, 'node_modules/typescript/bin/tsc')

/** Programs in JavaScript need not say the types of what they are given. */
const isUntypedJavaScript = /\.m?js\(.*: error TS(7006|7031):/

export interface Workspace {
  /** What the compiler says, as `README.md:12: …`. */
  problems: string[]
  /** Where the files of a page are, compiled. */
  folderOf(file: ShownFile): string
  remove(): Promise<void>
}

const options = {
  target: 'es2022',
  lib: ['es2023'],
  module: 'nodenext',
  types: ['node'],
  typeRoots: [join(projectRoot, 'node_modules/@types')],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  moduleDetection: 'force',
  allowJs: true,
  checkJs: true,
  rootDir: 'shown',
  outDir: 'compiled',
}

/** Writes the files of all pages where they import this package as a user does, and compiles them in one go. */
export async function compiled(files: readonly ShownFile[]): Promise<Workspace> {
  if (!existsSync(join(projectRoot, 'dist/index.d.ts'))) {
    throw new Error('there is no dist: run `npm run build` first')
  }
  const root = await mkdtemp(join(projectRoot, 'test/docs/.shown-'))
  const folder = ({ page }: ShownFile) => page.path.replace(/\.md$/, '')
  const shown = new Map<string, ShownFile>()
  for (const file of files) {
    const isCode = /^m?[jt]s$/.test(file.language)
    const path = join(isCode ? 'shown' : 'compiled', folder(file), file.name)
    if (shown.has(path)) throw new Error(`${file.page.path}: two files ${file.name}`)
    shown.set(path, file)
    await mkdir(dirname(join(root, path)), { recursive: true })
    await mkdir(join(root, 'compiled', folder(file)), { recursive: true })
    await writeFile(join(root, path), isCode ? file.text : file.text.trim())
  }
  await writeFile(
    join(root, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, include: ['shown'] }),
  )
  const said = await execute(process.execPath, [compiler, '-p', root, '--pretty', 'false'], { cwd: root })
    .then(({ stdout }) => stdout)
    .catch((error: { stdout: string }) => error.stdout)
  return {
    problems: said
      .split('\n')
      .filter((line) => line !== '' && !isUntypedJavaScript.test(line))
      .map((line) => inPage(line, shown)),
    folderOf: (file) => join(root, 'compiled', folder(file)),
    remove: () => rm(root, { recursive: true, force: true }),
  }
}

function inPage(line: string, shown: ReadonlyMap<string, ShownFile>): string {
  const [, path = '', at, what] = /^(\S+?)\((\d+),\d+\): error (.*)$/.exec(line) ?? []
  const file = shown.get(path)
  return file === undefined ? line : `${file.page.path}:${at}: ${what}`
}
