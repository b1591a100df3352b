import { expect, test } from 'vitest'
import { z } from 'zod'
import { busyPage } from './busy-page.ts'
import { walk } from './walk.ts'

/** What stands out of the page to the right though nobody can scroll it, or lines out of a chart. */
const inspection = `
const width = document.documentElement.clientWidth
const nameOf = ({ tagName, id, className, textContent }) => [tagName.toLowerCase(), id, className.baseVal ?? className, (textContent ?? '').trim().slice(0, 40)].join(' ')
const scrolls = (element) => element !== null && (/auto|scroll/.test(getComputedStyle(element).overflowX) || scrolls(element.parentElement))
const isSeen = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest('.visually-hidden, svg')
const elements = [...document.querySelectorAll('body *')].filter(isSeen)
const standsOut = (element) => element.getBoundingClientRect().right > width + 1 && !scrolls(element)
const isLonger = (line) => line.getBoundingClientRect().bottom > line.closest('.groups, .below').getBoundingClientRect().bottom + 1
return {
  isWider: document.documentElement.scrollWidth > width,
  out: [...elements.filter(standsOut), ...[...document.querySelectorAll('.backdrop')].filter(isLonger)].map(nameOf),
}`
const foundSchema = z.object({ isWider: z.boolean(), out: z.array(z.string()) })

test.each([
  ['a telephone', 360, 740],
  ['a desktop', 1_280, 800],
  ['a wall', 3_840, 2_160],
])('no view is wider than %s (%d × %d)', async (_, width, height) => {
  const page = await busyPage({ viewport: { width, height } })
  const problems: string[] = []
  await walk(page, 1, async (address) => {
    const { isWider, out } = foundSchema.parse(await page.page.evaluate(`(() => {${inspection}})()`))
    if (isWider) problems.push(`${address} is wider`)
    problems.push(...out.map((what) => `${address}: ${what}`))
  })
  expect(problems).toEqual([])
  expect(page.problems).toEqual([])
})
