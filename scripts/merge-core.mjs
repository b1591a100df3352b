// After tsc: all that `dist/index.js` reaches becomes one file, `dist/core.js`, with the packages below in it. Every other
// file stays where it is; those that were merged pass on what the core exports, so that each module still exists once.
// Why: docs/decisions/0014-start-up.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'

/** Taken into the core, with their licences: together over a hundred files, most of them translations of zod's messages. */
const merged = new Map([
  ['zod', 'LICENSE'],
  ['jsonc-parser', 'LICENSE.md'],
])

const dist = fileURLToPath(new URL('../dist', import.meta.url))
const core = join(dist, 'core.js')
const licences = join(dist, 'core.licences.txt')
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
/** Written out: whoever bundles the core has no `package.json` of ours beside it. */
const written = new Map([[join(dist, 'contract/version.js'), `export const packageVersion = '${version}'`]])

/** What tsc writes: one statement a line, relative imports with their extension. */
const localImports = /^(?:import|export)\s+(?:[^'";]*?\sfrom\s+)?'(\.[^']+)'/gm

function closureOf(entry) {
  const reached = new Set([entry])
  for (const file of reached) {
    for (const [, target] of readFileSync(file, 'utf8').matchAll(localImports)) {
      reached.add(join(dirname(file), target))
    }
  }
  return reached
}

const relativeTo = (folder, file) => {
  const path = relative(folder, file).replaceAll(sep, '/')
  return path.startsWith('.') ? path : `./${path}`
}

const closure = closureOf(join(dist, 'index.js'))
const modules = []
for (const file of closure) {
  const id = relative(dist, file).replaceAll(/\W/g, '_')
  const names = Object.keys(await import(pathToFileURL(file)))
  modules.push({ file, renamed: names.map((name) => ({ name, unique: `${id}$${name}` })) })
}

const bundle = await rolldown({
  input: core,
  platform: 'node',
  resolve: { mainFields: ['module', 'main'] },
  plugins: [
    {
      name: 'core',
      resolveId(target, importer) {
        if (importer === undefined) return target
        if (target.startsWith('.')) {
          const file = join(dirname(importer), target)
          const isApart = importer.startsWith(dist) && !closure.has(file)
          return isApart ? { id: relativeTo(dist, file), external: true } : null
        }
        return merged.has(target) ? null : { id: target, external: true }
      },
      load: (file) =>
        file !== core
          ? written.get(file)
          : modules
              .map(({ file, renamed }) => {
                const names = renamed.map(({ name, unique }) => `${name} as ${unique}`)
                return `export { ${names.join(', ')} } from '${relativeTo(dist, file)}'`
              })
              .join('\n'),
    },
  ],
})
const { output } = await bundle.generate({ codeSplitting: false })
const [{ code }] = output
await bundle.close()
if (code.includes('import.meta')) {
  throw new Error(
    'something that the root entry reaches looks for a file beside it, which is not there in one file',
  )
}

writeFileSync(core, code)
for (const { file, renamed } of modules) {
  const names = renamed.map(({ name, unique }) => `${unique} as ${name}`)
  writeFileSync(file, `export { ${names.join(', ')} } from '${relativeTo(dirname(file), core)}'\n`)
}
const texts = [...merged].map(([name, licence]) => {
  const text = readFileSync(new URL(`../node_modules/${name}/${licence}`, import.meta.url), 'utf8')
  return `${name}\n\n${text.trim()}\n`
})
writeFileSync(licences, `What core.js contains of others:\n\n${texts.join('\n---\n\n')}`)
