import type { Page } from 'playwright-core'

/** Adds a server from its template in the page; resolves when it says that one has to sign in. */
export async function addServer(page: Page, template: string): Promise<void> {
  await page.evaluate("location.hash = '#/my-servers/new'")
  await page.getByRole('link', { name: template }).click()
  await page.getByRole('button', { name: 'Add and test' }).click()
  await page.getByRole('button', { name: `Sign in at ${template}` }).waitFor()
}

/** Resolves when it was found to work, which is tested by itself once somebody has signed in. */
export async function signInAt(page: Page, server: string): Promise<void> {
  await page.getByRole('button', { name: `Sign in at ${server}` }).click()
  await page.getByRole('button', { name: 'Agree' }).waitFor()
  const name = page.getByLabel('Your name')
  if (await name.isVisible()) await name.fill('Carol')
  await page.getByRole('button', { name: 'Agree' }).click()
  await page.getByRole('heading', { level: 1, name: server }).waitFor()
  await page.locator('.heading').getByText('ready', { exact: true }).waitFor()
}
