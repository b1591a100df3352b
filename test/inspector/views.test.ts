import { AxeBuilder } from '@axe-core/playwright'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { busyPage } from './busy-page.ts'
import { walk } from './walk.ts'

/** It takes its time with drawings. */
const limitMs = 180_000

/** What stands out of the page to the right though nobody can scroll it and no ellipsis tells of it, or lines out of a chart. */
const inspection = `
const width = document.documentElement.clientWidth
const nameOf = ({ tagName, id, className, textContent }) => [tagName.toLowerCase(), id, className.baseVal ?? className, (textContent ?? '').trim().slice(0, 40)].join(' ')
const isCut = ({ overflowX, textOverflow }) => /auto|scroll/.test(overflowX) || textOverflow === 'ellipsis'
const isHeld = (element) => element !== null && (isCut(getComputedStyle(element)) || isHeld(element.parentElement))
const isSeen = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest('.visually-hidden, svg')
const elements = [...document.querySelectorAll('body *')].filter(isSeen)
const standsOut = (element) => element.getBoundingClientRect().right > width + 1 && !isHeld(element)
const isLonger = (line) => line.getBoundingClientRect().bottom > line.closest('.groups, .below').getBoundingClientRect().bottom + 1
return {
  isWider: document.documentElement.scrollWidth > width,
  out: [...elements.filter(standsOut), ...[...document.querySelectorAll('.backdrop')].filter(isLonger)].map(nameOf),
}`
const foundSchema = z.object({ isWider: z.boolean(), out: z.array(z.string()) })

const sizes = [
  ['a telephone', 360, 740],
  ['a desktop', 1_280, 800],
  ['a wall', 3_840, 2_160],
] as const

/** Only colours are others in the dark. */
const schemes = [
  ['light', {}],
  ['dark', { runOnly: 'color-contrast' }],
] as const

test(
  'no view is wider than a telephone, a desktop or a wall, and axe-core finds nothing wrong with any',
  async () => {
    const page = await busyPage({ colorScheme: 'light' })
    const found: string[] = []
    await walk(page, 1, async (address) => {
      for (const [name, width, height] of sizes) {
        await page.page.setViewportSize({ width, height })
        await page.untilDrawn()
        const { isWider, out } = foundSchema.parse(await page.page.evaluate(`(() => {${inspection}})()`))
        if (isWider) found.push(`${address} is wider than ${name}`)
        found.push(...out.map((what) => `${address} on ${name}: ${what}`))
      }
    })
    expect(found).toEqual([])
    expect(page.problems).toEqual([])

    await page.page.setViewportSize({ width: 1_280, height: 800 })
    const visited = await walk(page, 1, async (address) => {
      for (const [colorScheme, rules] of schemes) {
        await page.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        const axe = new AxeBuilder({ page: page.page }).options({ preload: false, ...rules })
        for (const { id, nodes } of (await axe.analyze()).violations) {
          const where = `${address} (${colorScheme}) ${id}`
          found.push(...nodes.map(({ target, failureSummary }) => `${where} ${target}: ${failureSummary}`))
        }
      }
    })
    expect(found).toEqual([])
    const views = visited.map((address) => address.split('/')[1])
    expect(new Set(views)).toEqual(
      new Set(['call', 'timeline', 'calls', 'machines', 'servers', 'functions', 'my-servers']),
    )
  },
  limitMs,
)
