import { expect, test } from 'vitest'
import { busyPage } from './busy-page.ts'

test('a view that one comes back to shows what it showed, from its top', async () => {
  const opened = await busyPage({ viewport: { width: 360, height: 740 } })
  const { page } = opened
  const go = async (view: string) => {
    await page.evaluate(`location.hash = '#/${view}'`)
    await opened.untilDrawn()
  }
  await go('timeline')
  await page.getByText(/^Conversation of/).waitFor()
  await page.evaluate('scrollTo(0, 500)')
  expect(await page.evaluate('scrollY')).toBe(500)

  await go('machines')
  expect(await page.evaluate('scrollY')).toBe(0)
  await go('timeline')
  expect(await page.evaluate('scrollY')).toBe(0)
  await page.getByText(/^Conversation of/).waitFor()
  await expect.poll(() => page.locator('.call-bar').count()).toBe(5)
  expect(opened.problems).toEqual([])
})
