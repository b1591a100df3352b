import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import type { JsonObject } from '../../src/index.ts'
import { Caller } from '../support/caller.ts'
import { openReady } from '../support/opened.ts'

const everything = createRequire(import.meta.url).resolve(
  '@modelcontextprotocol/server-everything/dist/index.js',
)

test('the reference server asks with every kind of field, and gets what was answered', async () => {
  const { switchboard } = await openReady({
    everything: { command: process.execPath, args: [everything, 'stdio'] },
  })
  const caller = new Caller()
  const call = switchboard.call('trigger-elicitation-request', {}, caller)
  const question = await caller.untilAsked()
  expect(question).toMatchObject({ mode: 'form', schema: { type: 'object', required: ['name'] } })
  const content = {
    ...{ name: 'Ada', check: true, email: 'ada@example.org', birthdate: '1815-12-10', integer: 42 },
    ...{ untitledSingleSelectEnum: 'Ross', untitledMultipleSelectEnum: ['Piano'] },
    ...{ titledSingleSelectEnum: 'hero-1', titledMultipleSelectEnum: ['fish-1', 'fish-2'] },
  }
  caller.answer({ action: 'accept', content: { ...content, birthdate: 'soon' } })
  expect(await caller.untilAsked(2)).toMatchObject({ problem: expect.stringContaining('birthdate') })
  caller.answer({ action: 'accept', content })
  const outcome = await call
  expect(outcome).toMatchObject({ ok: true })
  const raw = outcome.ok ? outcome.text.split('Raw result: ')[1] : undefined
  expect(JSON.parse(raw ?? '')).toEqual({
    action: 'accept',
    // What was not answered has the form's own defaults.
    content: {
      ...content,
      ...{ firstLine: 'It was a dark and stormy night.', number: 3.14, legacyTitledEnum: 'pet-1' },
    },
  })
})

test('the reference server asks to visit a page', async () => {
  const { switchboard } = await openReady({
    everything: { command: process.execPath, args: [everything, 'stdio'] },
  })
  const caller = new Caller()
  const call = switchboard.call('trigger-url-elicitation', { url: 'https://example.org/sign-in' }, caller)
  expect(await caller.untilAsked()).toMatchObject({ mode: 'url', url: 'https://example.org/sign-in' })
  caller.answer({ action: 'decline' })
  expect(await call).toMatchObject({ ok: true, text: expect.stringContaining('decline') })
})

const answers: [string, JsonObject, unknown][] = [
  [
    'get-resource-links',
    { count: 2 },
    'Here are 2 resource links to resources available in this server:\n' +
      '[link to a resource, Blob Resource 1, Resource 1: plaintext resource, demo://resource/dynamic/blob/1, text/plain]\n' +
      '[link to a resource, Text Resource 2, Resource 2: plaintext resource, demo://resource/dynamic/text/2, text/plain]',
  ],
  [
    'get-resource-reference',
    { resourceType: 'Text', resourceId: 1 },
    expect.stringMatching(
      /\n\[resource, demo:\/\/resource\/dynamic\/text\/1, text\/plain\]\nResource 1: This is a plaintext resource created at .*$/,
    ),
  ],
  [
    'get-resource-reference',
    { resourceType: 'Blob', resourceId: 2 },
    expect.stringMatching(/\n\[resource, demo:\/\/resource\/dynamic\/blob\/2, text\/plain, \d+ bytes\]$/),
  ],
  [
    'get-tiny-image',
    {},
    "Here's the image you requested:\nThe image above is the MCP logo.\n[image, image/png, 4 kB]",
  ],
  [
    'get-annotated-message',
    { messageType: 'success', includeImage: true },
    'Operation completed successfully\n[image, image/png, 4 kB]',
  ],
]

test('a model reads all that the reference server answers', async () => {
  const { switchboard } = await openReady({
    everything: { command: process.execPath, args: [everything, 'stdio'] },
  })
  for (const [name, args, text] of answers) {
    expect(await switchboard.call(name, args), name).toMatchObject({ ok: true, text })
  }
})
