import { z } from 'zod'
import type { TestPage } from './browser.ts'

/** Opens all that can be opened; the links that are there then. */
const explore = `
for (const details of document.querySelectorAll('details')) details.open = true
return [...document.querySelectorAll('a[href^="#/"]')].map((link) => link.getAttribute('href'))`

/** Goes to every view of the page by its links; `maxPerKind`: of what is alike in one, such as servers or calls. */
export async function walk(
  opened: TestPage,
  maxPerKind: number,
  look: (address: string) => Promise<void>,
): Promise<string[]> {
  const { page } = opened
  const visited: string[] = []
  const perKind = new Map<string, number>()
  const open = ['#/call']
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const [, view, ...rest] = next.split('/')
    const kind = `${view}/${rest.length}`
    const count = perKind.get(kind) ?? 0
    if (visited.includes(next) || (rest.length > 0 && count >= maxPerKind)) continue
    visited.push(next)
    perKind.set(kind, count + 1)
    await page.evaluate(`location.hash = ${JSON.stringify(next)}`)
    await opened.untilDrawn()
    const links: unknown = await page.evaluate(`(() => {${explore}})()`)
    await opened.untilDrawn()
    await look(next)
    // The brand leads to the first view again.
    const others = z.array(z.string()).parse(links)
    open.push(...others.filter((link) => link !== '#/'))
  }
  return visited
}
