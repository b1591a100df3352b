import { onTestFinished } from 'vitest'
import { TestBrowser, type TestBrowserOptions } from './browser/test-browser.ts'

export { type Spoken, spoken } from './browser/microphone.ts'
export type { TestBrowser, TestPage } from './browser/test-browser.ts'

/** One for this test alone; it is closed when the test ends. */
export async function openBrowser(options?: TestBrowserOptions): Promise<TestBrowser> {
  const browser = await TestBrowser.launch(options)
  onTestFinished(() => browser.close())
  return browser
}
