import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { TestPage } from './browser.ts'

/** No error, and nothing refused by the page's policy. */
export function expectNoProblems({ problems }: TestPage): void {
  expect(problems).toEqual([])
}

/** What looks for violations violates the page's policy itself: this comes last. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
  }
}

/** Nothing of a page stands beyond its right edge. */
export async function expectNoOverflow(page: Page): Promise<void> {
  const { scrollWidth, clientWidth } = await page
    .locator('html')
    .evaluate(({ scrollWidth, clientWidth }) => ({ scrollWidth, clientWidth }))
  expect(scrollWidth).toBe(clientWidth)
}

/** Of the element that has the focus. */
export function focusedText(page: Page): Promise<string> {
  return page.locator(':focus').evaluate(({ textContent }) => textContent.trim())
}

/** `hash`: of a view, as it stands in the address. */
export async function show(page: Page, hash: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`)
  await page.getByRole('heading', { level: 1 }).waitFor()
}
