import { expect, test } from 'vitest'
import { library } from '../reads/library.ts'
import { openReady } from '../support/opened.ts'
import { json, RawServer } from '../support/raw-http.ts'
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

test('a prompt is left out whose names are all another’s: who asked for it would get that one', async () => {
  const offering = async (...names: string[]) => {
    const server = await RawServer.start()
    server.handlers.set('initialize', (response, id) => {
      const serverInfo = { name: 'raw', version: '1' }
      const result = { protocolVersion: '2025-06-18', capabilities: { tools: {}, prompts: {} }, serverInfo }
      json(response, { jsonrpc: '2.0', id, result })
    })
    const result = { prompts: names.map((name) => ({ name })) }
    server.handlers.set('prompts/list', (response, id) => json(response, { jsonrpc: '2.0', id, result }))
    return { url: server.url }
  }
  const opened = await openReady({
    mine: await offering('greet', 'other__greet'),
    other: await offering('greet', 'part'),
  })
  const { prompts } = await (await clientOf(await proxyOf(opened))).listPrompts()
  expect(prompts.map(({ name }) => name)).toEqual(['greet', 'other__greet', 'part'])
})
