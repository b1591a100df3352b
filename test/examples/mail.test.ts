import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type Outbox, startOutbox } from '../../src/cli/outbox.ts'
import { unusedPort } from '../support/listen.ts'
import { type MailServer, type Replies, startMailServer } from './mail-server.ts'
import { call, connectStdio, sharedStdio, temporaryFolder } from './support.ts'

const lunch = { to: 'carol@example.com', subject: 'lunch', body: 'see you at noon' }

let smtp: MailServer
let drafts: string
beforeAll(async () => {
  smtp = await startMailServer()
  drafts = await mkdtemp(join(tmpdir(), 'switchboard-drafts-'))
})
afterAll(async () => {
  smtp.close()
  await rm(drafts, { recursive: true })
})

const environment = () => ({ SMTP_URL: `smtp://user:canary@${smtp.host}`, DRAFTS_DIR: drafts })
const patient = sharedStdio('mail', environment)
const impatient = sharedStdio('mail', () => ({ ...environment(), SMTP_TIMEOUT_MS: '1000' }))
const clientFor = (reason: string) => (reason.includes('1 second') ? impatient() : patient())

async function outbox(): Promise<Outbox> {
  const started = await startOutbox({ folder: await temporaryFolder() })
  onTestFinished(() => started.close())
  return started
}

const examples = {
  to: ['carol@example.com', 'david@example.com'],
  subject: ['lunch', 'the meeting', 'the report'],
  body: ['see you at noon', 'the meeting is moved to monday', 'please call me back'],
}

test('the tools carry examples for the rehearsal, and say that sending twice is not harmless', async () => {
  const { tools } = await (await connectStdio('mail')).listTools()

  expect(tools.map(({ name, annotations }) => ({ name, annotations }))).toEqual([
    { name: 'draft_email', annotations: { readOnlyHint: false, destructiveHint: false } },
    {
      name: 'send_email',
      annotations: {
        readOnlyHint: false,
        destructiveHint: false,
        idempotentHint: false,
        openWorldHint: true,
      },
    },
  ])
  for (const { inputSchema } of tools) {
    expect(inputSchema.properties).toMatchObject({
      to: { type: 'string', examples: examples.to },
      subject: { type: 'string', examples: examples.subject },
      body: { type: 'string', examples: examples.body },
    })
    expect(inputSchema.required).toEqual(['to', 'subject', 'body'])
  }
})

test('an email arrives, and the answer says what the mail server said and for whom', async () => {
  const { url, messages } = await outbox()
  const client = await connectStdio('mail', { SMTP_URL: url, MAIL_FROM: 'Bob <bob@example.com>' })

  const answer = await call(client, 'send_email', {
    ...lunch,
    subject: 'Grüße',
    body: 'Zwölf Uhr?\n.\nBis dann',
  })

  expect(answer).toEqual({
    text: 'The email was sent. The mail server accepted it for carol@example.com.',
    isError: false,
    structured: {
      to: 'carol@example.com',
      server: new URL(url).host,
      answer: '250 OK: kept in the local outbox as 0001-gr-e.eml',
    },
  })
  expect(await messages()).toEqual([
    {
      file: expect.stringMatching(/0001-gr-e\.eml$/),
      from: 'bob@example.com',
      to: ['carol@example.com'],
      subject: 'Grüße',
      text: 'Zwölf Uhr?\n.\nBis dann',
    },
  ])
})

const missing = 'The recipient is missing: "to" is empty. Give an email address, such as carol@example.com.'
const notAnAddress = (to: string) =>
  `The recipient is not an email address: "${to}". Give one such as carol@example.com.`
const notOneLine = (name: string) =>
  `"${name}" holds a line break or another control character. Give it in one line.`

test.each([
  ['an empty recipient', { to: '' }, missing],
  ['a blank recipient', { to: '  ' }, missing],
  ['a name as recipient', { to: 'carol' }, notAnAddress('carol')],
  [
    'two recipients',
    { to: 'carol@example.com, david@example.com' },
    notAnAddress('carol@example.com, david@example.com'),
  ],
  ['a recipient with a name', { to: 'Carol <carol@example.com>' }, notAnAddress('Carol <carol@example.com>')],
  ['a recipient with a header', { to: 'carol@example.com\r\nBcc: eve@example.com' }, notOneLine('to')],
  ['a subject with a header', { subject: 'lunch\nBcc: eve@example.com' }, notOneLine('subject')],
])('%s is refused by both tools, and nothing is sent or saved', async (_, wrong, problem) => {
  smtp.behave({})

  expect(await call(await patient(), 'send_email', { ...lunch, ...wrong })).toEqual({
    text: `The email was not sent. ${problem}`,
    isError: true,
    structured: undefined,
  })
  expect(await call(await patient(), 'draft_email', { ...lunch, ...wrong })).toEqual({
    text: `The draft was not saved. ${problem}`,
    isError: true,
    structured: undefined,
  })
  expect(smtp.received).toEqual([])
  expect(await readdir(drafts)).toEqual([])
})

test('a recipient that is left out is named in the error', async () => {
  smtp.behave({})

  const answer = await call(await patient(), 'send_email', { subject: 'lunch', body: 'see you at noon' })

  expect(answer.isError).toBe(true)
  expect(answer.text).toContain('The recipient is missing. Give an email address')
  expect(smtp.received).toEqual([])
})

test.each([
  [{ SMTP_URL: '' }, 'No mail server is configured: set SMTP_URL, for example smtp://127.0.0.1:2525.'],
  [{ SMTP_URL: 'http://user:canary@mail/' }, 'SMTP_URL is not an smtp:// or smtps:// URL.'],
  [{ SMTP_URL: 'smtp://127.0.0.1:1', MAIL_FROM: 'nobody' }, 'MAIL_FROM is not an email address.'],
])('with %o the error says what to set', async (env, reason) => {
  const client = await connectStdio('mail', env)

  expect(await call(client, 'send_email', lunch)).toEqual({
    text: `The email was not sent. ${reason}`,
    isError: true,
    structured: undefined,
  })
})

test('a mail server that is down: the email was not sent', async () => {
  const port = await unusedPort()
  const client = await connectStdio('mail', { SMTP_URL: `smtp://user:canary@127.0.0.1:${port}` })

  expect(await call(client, 'send_email', lunch)).toEqual({
    text: `The email was not sent. The mail server at 127.0.0.1:${port} cannot be reached: it refuses connections.`,
    isError: true,
    structured: undefined,
  })
})

const ended = 'ended the connection while the message was handed over, and did not answer.'

test.each<[string, Replies, string]>([
  ['cut before the greeting', { greeting: null }, 'cannot be reached (ECONNECTION).'],
  ['silent before the greeting', { greeting: undefined }, 'did not answer within 1 second.'],
  ['busy', { greeting: '421 too busy' }, 'refused it: "421 too busy".'],
  [
    'a sign-in that is refused and repeated',
    { auth: '535 canary is wrong' },
    'did not accept the user name and password of SMTP_URL (535).',
  ],
  ['an unknown recipient', { rcpt: '550 5.1.1 no such user' }, 'refused it: "550 5.1.1 no such user".'],
  ['cut at the recipient', { rcpt: null }, 'ended the connection before the message was handed over.'],
  ['DATA refused', { data: '451 not now' }, 'refused it: "451 not now".'],
  ['cut at DATA', { data: null }, 'ended the connection before the message was handed over.'],
  ['silent at DATA', { data: undefined }, 'did not answer within 1 second.'],
  ['the message refused', { message: '552 "too" large' }, 'refused it: "552 \'too\' large".'],
])('%s: the email was not sent', async (_, fault, reason) => {
  smtp.behave(fault)

  expect(await call(await clientFor(reason), 'send_email', lunch)).toEqual({
    text: `The email was not sent. The mail server at ${smtp.host} ${reason}`,
    isError: true,
    structured: undefined,
  })
})

test.each<[string, Replies, string]>([
  ['cut after the message', { message: null }, ended],
  [
    'silent after the message',
    { message: undefined },
    'did not answer within 1 second after the message was handed over.',
  ],
  ['nonsense after the message', { message: 'hello' }, 'answered "hello" when the message was handed over.'],
])('%s: it is not known whether the email was sent', async (_, fault, reason) => {
  smtp.behave(fault)

  expect(await call(await clientFor(reason), 'send_email', lunch)).toEqual({
    text: `It is not known whether the email was sent. The mail server at ${smtp.host} ${reason}`,
    isError: true,
    structured: undefined,
  })
  expect(smtp.received).toHaveLength(1)
})

test('a draft is a whole .eml file, and its path is in the answer', async () => {
  const folder = join(await temporaryFolder(), 'new')
  const client = await connectStdio('mail', { DRAFTS_DIR: folder })

  const answer = await call(client, 'draft_email', { ...lunch, to: ' carol@example.com ' })

  const [name = '', ...others] = await readdir(folder)
  expect(others).toEqual([])
  expect(name).toMatch(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-lunch-[0-9a-f]{8}\.eml$/)
  const path = join(folder, name)
  expect(answer).toEqual({
    text: `The draft is saved. It is addressed to carol@example.com, in the file ${path}`,
    isError: false,
    structured: { path, to: 'carol@example.com', subject: 'lunch' },
  })
  const lines = (await readFile(path, 'utf8')).split('\r\n')
  expect(lines).toEqual(
    expect.arrayContaining([
      'From: switchboard@localhost',
      'To: carol@example.com',
      'Subject: lunch',
      'X-Unsent: 1',
      'see you at noon',
    ]),
  )
})

test('a draft that cannot be written is an error', async () => {
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'a'))
  const file = join(folder, 'a', 'file')
  await writeFile(file, '')
  const client = await connectStdio('mail', { DRAFTS_DIR: file })

  expect(await call(client, 'draft_email', lunch)).toEqual({
    text: `The draft was not saved. The folder ${file} cannot be written (EEXIST).`,
    isError: true,
    structured: undefined,
  })
})
