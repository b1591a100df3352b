import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readSecretFiles } from '../../src/cli/secret-files.ts'
import { temporaryFolder } from './support.ts'

test('a secret is taken from the file that its variable names, and nothing else is', async () => {
  const folder = await temporaryFolder()
  const file = join(folder, 'secret')
  await writeFile(file, 'the secret\n')
  const empty = join(folder, 'empty')
  await writeFile(empty, '')
  const environment: NodeJS.ProcessEnv = {
    ...{ LIVEKIT_API_SECRET_FILE: file, OPENAI_API_KEY_FILE: empty, SSL_CERT_FILE: file },
    ...{ DATABASE_URL: 'postgres://here', DATABASE_URL_FILE: '' },
  }
  readSecretFiles(environment)
  expect(environment).toEqual({
    ...{ LIVEKIT_API_SECRET_FILE: file, OPENAI_API_KEY_FILE: empty, SSL_CERT_FILE: file },
    ...{ DATABASE_URL: 'postgres://here', DATABASE_URL_FILE: '', LIVEKIT_API_SECRET: 'the secret' },
  })
})

test('a secret that is said twice, or whose file is not there, is told without it', () => {
  expect(() => readSecretFiles({ DATABASE_URL: 'canary', DATABASE_URL_FILE: '/nowhere' })).toThrow(
    'DATABASE_URL and DATABASE_URL_FILE are both set; set one of them',
  )
  expect(() => readSecretFiles({ DATABASE_URL_FILE: '/nowhere/secret' })).toThrow(
    "DATABASE_URL_FILE: /nowhere/secret cannot be read (ENOENT: no such file or directory, open '/nowhere/secret'); name a file that can",
  )
})
