import { expect, test } from 'vitest'
import { library } from '../reads/library.ts'
import { openReady } from '../support/opened.ts'
import { clientOf, proxyOf, token } from './proxied.ts'

test('prompts, resources and completions of several servers are offered as if they were one', async () => {
  const mine = library({
    era: 'legacy',
    instructions: 'All about books.',
    switchboard: { instructions: true },
  })
  const opened = await openReady({ mine, other: library({ era: 'modern' }) })
  const { instructions } = opened.switchboard
  const proxy = await proxyOf(opened, {
    clients: {
      everybody: { token },
      finder: { token: 'token-of-the-finder', functions: ['find'] },
    },
  })
  const client = await clientOf(proxy)
  expect(instructions.map(({ server }) => server)).toEqual(['mine'])
  expect(client.getInstructions()).toContain('\n\nmine: All about books.')

  const { prompts } = await client.listPrompts()
  expect(prompts.map(({ name }) => name)).toEqual(['greet', 'other__greet'])
  const greeting = { messages: [{ role: 'user', content: { type: 'text', text: 'Greet Ada.\u202e' } }] }
  for (const name of ['greet', 'other__greet']) {
    expect(await client.getPrompt({ name, arguments: { name: 'Ada' } })).toEqual(greeting)
    expect(
      await client.complete({
        ref: { type: 'ref/prompt', name },
        argument: { name: 'name', value: 'Ad' },
      }),
    ).toMatchObject({ completion: { values: ['Ada'] } })
  }
  const { resources } = await client.listResources()
  expect(resources.map(({ uri }) => uri)).toEqual([
    ...['book://index', 'book://cover', 'book://slow', 'book://deadly', 'book://curious'],
  ])
  expect(await client.listResourceTemplates()).toMatchObject({
    resourceTemplates: [{ uriTemplate: 'book://{title}', name: 'book' }],
  })
  // One is listed, the other is not.
  for (const uri of ['book://index', 'book://unlisted']) {
    expect(await client.readResource({ uri })).toEqual({
      contents: [{ uri, mimeType: 'text/plain', text: `The text of ${uri}` }],
    })
  }
  await expect(client.readResource({ uri: 'film://none' })).rejects.toMatchObject({ code: -32_002 })
  await expect(client.getPrompt({ name: 'none' })).rejects.toMatchObject({ code: -32_602 })

  const finder = await clientOf(proxy, { as: 'token-of-the-finder' })
  expect([await finder.listPrompts(), await finder.listResources()]).toEqual([
    { prompts: [] },
    { resources: [] },
  ])
  await expect(finder.readResource({ uri: 'book://index' })).rejects.toMatchObject({ code: -32_002 })
})
