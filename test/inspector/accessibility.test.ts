import { AxeBuilder } from '@axe-core/playwright'
import { expect, test } from 'vitest'
import { busyPage } from './busy-page.ts'
import { walk } from './walk.ts'

/** It takes its time with drawings. */
const limitMs = 180_000

/** Only colours are others in the dark. */
const schemes = [
  ['light', {}],
  ['dark', { runOnly: 'color-contrast' }],
] as const

test.each(schemes)(
  'axe-core finds nothing wrong with any view (%s)',
  async (colorScheme, rules) => {
    const page = await busyPage({ colorScheme })
    const violations: string[] = []
    const visited = await walk(page, 1, async (address) => {
      const axe = new AxeBuilder({ page: page.page }).options({ preload: false, ...rules })
      for (const { id, nodes } of (await axe.analyze()).violations) {
        violations.push(
          ...nodes.map(({ target, failureSummary }) => `${address} ${id} ${target}: ${failureSummary}`),
        )
      }
    })
    expect(violations).toEqual([])
    const views = visited.map((address) => address.split('/')[1])
    expect(new Set(views)).toEqual(new Set(['call', 'timeline', 'calls', 'machines', 'servers', 'functions']))
  },
  limitMs,
)
