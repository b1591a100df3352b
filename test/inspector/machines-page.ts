import { readFileSync } from 'node:fs'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { z } from 'zod'
import type { Switchboard } from '../../src/index.ts'
import { until } from '../support/until.ts'
import type { TestBrowser, TestPage } from './browser.ts'
import { inspect } from './live-page.ts'

const onlooker = readFileSync(new URL('./browser/onlooker.mjs', import.meta.url), 'utf8')
const wordsSchema = z.object({ count: z.number(), problems: z.array(z.string()) })

/** The view of machines in a real browser, as somebody sees it. */
export class MachinesSeen {
  static async open(browser: TestBrowser, switchboard: Switchboard, path = ''): Promise<MachinesSeen> {
    const { url } = await inspect(switchboard)
    const seen = new MachinesSeen(await browser.open(url, { viewport: { width: 1400, height: 900 } }))
    await seen.page.goto(new URL(`/#/machines/${path}`, url).href)
    await seen.page.locator('.machines').waitFor()
    await seen.page.evaluate(onlooker)
    return seen
  }

  private constructor(private readonly opened: TestPage) {}

  get page(): Page {
    return this.opened.page
  }

  /** Ids of the states that are lit. */
  lit(): Promise<string[]> {
    return this.#attributes('.chart .is-active', 'data-state')
  }

  /** Of the transitions that are shown, in the order of the chart. */
  told(): Promise<string[]> {
    return this.#attributes('.chart .is-told', 'data-edge')
  }

  async untilLit(...ids: string[]): Promise<void> {
    await until(async () => (await this.lit()).join() === ids.join(), `${ids.join()} are lit`)
  }

  /** The page has moved the chart so that a state can be seen. */
  async untilInSight(id: string): Promise<void> {
    const isInSight = async () => {
      const state = await this.page.locator(`[data-state="${id}"] > .box`).boundingBox()
      const frame = await this.page.locator('.chart-frame').boundingBox()
      return state && frame ? state.y >= frame.y && state.y + state.height <= frame.y + frame.height : false
    }
    await until(isInSight, `${id} is in sight`)
  }

  /** What it says of each step, the newest first. */
  async history(): Promise<string[]> {
    const steps = await this.page.locator('.history li').allInnerTexts()
    return steps.map((step) => step.replace(/\s+/g, ' ').replace(/^[\d:.]+ /, ''))
  }

  /** What stands behind a name at the upper level of a part, as soon as it does. */
  async untilHeld(
    part: 'Context' | 'Context after it' | 'Event',
    name: string,
    value: string,
  ): Promise<void> {
    const heading = this.page.getByRole('heading', { name: part, exact: true })
    const items = this.page.locator('.context-card', { has: heading }).locator('.tree > li')
    const isHeld = async () => (await items.allInnerTexts()).includes(`${name} ${value}`)
    await until(isHeld, `${name} is ${value} in the ${part}`)
  }

  /** Ids of the transitions that have flashed. */
  async flashes(): Promise<string[]> {
    return z.array(z.string()).parse(await this.page.evaluate('flashes'))
  }

  /** How many words the chart of a machine has, and what is wrong with their places. */
  async wordsOf(machine: string): Promise<z.infer<typeof wordsSchema>> {
    return wordsSchema.parse(await this.page.evaluate(`wordsOf('${machine}')`))
  }

  expectNoProblems(): void {
    expect(this.opened.problems).toEqual([])
  }

  /** What looks for violations violates the page's policy itself: this comes last. */
  async expectAccessible(): Promise<void> {
    for (const [width, colorScheme] of [
      [360, 'light'],
      [1400, 'dark'],
    ] as const) {
      await this.page.setViewportSize({ width, height: 900 })
      await this.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      const { violations } = await new AxeBuilder({ page: this.page }).analyze()
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
    }
  }

  #attributes(selector: string, name: string): Promise<string[]> {
    return this.page
      .locator(selector)
      .evaluateAll(
        (elements, attribute) => elements.flatMap((one) => one.getAttribute(attribute) ?? []),
        name,
      )
  }
}
