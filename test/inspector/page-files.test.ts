import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { expect, test } from 'vitest'
import { createSwitchboard } from '../../src/index.ts'
import { inspect, Visitor } from './live-page.ts'

/** Of all scripts of the page, as they are served. */
const maxScriptBytes = 250_000

/** Every script that the page can ever load, from the first on. */
async function scriptsOf(visitor: Visitor): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const load = async (path: string) => {
    if (found.has(path)) return
    const response = await visitor.get(path)
    expect([path, response.status, response.headers.get('content-type')]).toEqual([
      path,
      200,
      'text/javascript; charset=utf-8',
    ])
    const text = await response.text()
    found.set(path, text)
    // Imports of any kind, and the names of worklets.
    for (const [, name = ''] of text.matchAll(/["']([./\w-]+\.js)["']/g))
      await load(posix.join(posix.dirname(path), name))
  }
  await load('/page/main.js')
  return found
}

async function visitor(): Promise<Visitor> {
  const { url } = await inspect(createSwitchboard({ mcpServers: {} }))
  return Visitor.to(url)
}

test('every script and style that the page names is served, and all scripts together stay small', async () => {
  const page = await visitor()
  const scripts = await scriptsOf(page)
  expect([...scripts.keys()]).toEqual(
    expect.arrayContaining([
      '/page/vendor/lit-html/lit-html.js',
      '/page/voice/microphone-worklet.js',
      '/page/voice/speaker-worklet.js',
    ]),
  )
  const bytes = [...scripts.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  expect(bytes).toBeLessThan(maxScriptBytes)

  const html = await (await page.get('/')).text()
  const styles = [...html.matchAll(/href="(\/page\/[^"]+)"/g)].map(([, path = '']) => path)
  expect(styles.length).toBeGreaterThan(5)
  for (const path of styles) {
    const { status, headers } = await page.get(path)
    expect([path, status, headers.get('content-type')]).toEqual([path, 200, 'text/css; charset=utf-8'])
  }
})

test('no style names a colour but those of the two themes and the chart, which also stands alone', () => {
  const folder = new URL('../../src/inspector/page/styles/', import.meta.url)
  const names = readdirSync(folder).filter((name) => name !== 'tokens.css' && name !== 'chart.css')
  expect(names.length).toBeGreaterThan(5)
  for (const name of names) {
    const css = readFileSync(new URL(name, folder), 'utf8').replace(/\/\*.*?\*\//gs, '')
    expect([name, css.match(/#[0-9a-f]{3,8}\b|\b(?:rgb|hsl)a?\(/gi)]).toEqual([name, null])
  }
})

test('what is served is only what the page is made of', async () => {
  const page = await visitor()
  const paths = [
    '/page/vendor/lit-html/package.json',
    '/page/vendor/lit-html/node/lit-html.js',
    '/page/styles/tokens.ts',
    '/page/main.ts',
    '/page/tsconfig.json',
    '/package.json',
  ]
  for (const path of paths) expect([path, (await page.get(path)).status]).toEqual([path, 404])
})
