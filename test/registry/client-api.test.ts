import { createServer, type ServerResponse } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { RegistryApi } from '../../src/registry/client/api.ts'
import { listen } from '../support/listen.ts'

const noSignal = new AbortController().signal

/** Of an agent that asks for servers, and is answered like this. */
async function asked(answer: (response: ServerResponse) => void) {
  const registry = createServer((_, response) => answer(response))
  const { url } = await listen(registry)
  onTestFinished(() => {
    registry.close()
    registry.closeAllConnections()
  })
  return new RegistryApi({ url, token: 'sbk_1' }, 'ann').servers(noSignal)
}

test('an answer that is no JSON is told without a word of it, which may be a secret', async () => {
  const answer = asked((response) => response.end('{"token":canary'))
  await expect(answer).rejects.toThrow(/^the answer of the registry cannot be read: it is not JSON$/)
})

test('an answer without an end is read no further than an answer is long', async () => {
  const answer = asked((response) => {
    const more = () => {
      while (response.write(Buffer.alloc(100_000)));
    }
    response.on('drain', more)
    more()
  })
  await expect(answer).rejects.toThrow('cannot be read: the response is longer than 4194304 bytes')
})

test('an answer that breaks off is told as one', async () => {
  const answer = asked((response) => {
    response.writeHead(200, { 'content-length': 100 })
    response.write('{', () => response.destroy())
  })
  await expect(answer).rejects.toThrow('the answer of the registry cannot be read: terminated')
})

test('a redirect is not followed: it would take the key elsewhere', async () => {
  const answer = asked((response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end())
  await expect(answer).rejects.toThrow(/^the registry answers 302$/)
})
