import { randomBytes } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import * as z from 'zod'
import { compose, type Email, isAddress, problemOf } from './compose.ts'
import { environment, environmentMs } from './environment.ts'
import { serve } from './serve.ts'
import { deliver } from './smtp.ts'

const inputSchema = {
  to: z
    .string({ error: 'The recipient is missing. Give an email address, such as carol@example.com' })
    .describe('The email address of the recipient')
    .meta({ examples: ['carol@example.com', 'david@example.com'], minLength: 1 }),
  subject: z
    .string()
    .describe('The subject, in one line')
    .meta({ examples: ['lunch', 'the meeting', 'the report'] }),
  body: z
    .string()
    .describe('The text of the email')
    .meta({ examples: ['see you at noon', 'the meeting is moved to monday', 'please call me back'] }),
}

function createServer(): McpServer {
  const server = new McpServer({ name: 'mail', version: '0.1.0' })
  server.registerTool(
    'draft_email',
    {
      title: 'Draft an email',
      description: 'Saves an email as a draft, and sends nothing.',
      inputSchema,
      outputSchema: { path: z.string(), to: z.string(), subject: z.string() },
      annotations: { readOnlyHint: false, destructiveHint: false },
    },
    draftEmail,
  )
  server.registerTool(
    'send_email',
    {
      title: 'Send an email',
      description: 'Sends an email to one recipient, at once.',
      inputSchema,
      outputSchema: { to: z.string(), server: z.string(), answer: z.string() },
      annotations: {
        readOnlyHint: false,
        destructiveHint: false,
        idempotentHint: false,
        openWorldHint: true,
      },
    },
    (email, { signal }) => sendEmail(email, signal),
  )
  return server
}

async function draftEmail(email: Email): Promise<CallToolResult> {
  const problem = problemOf(email) ?? problemOfSender()
  if (problem !== undefined) return failure(`The draft was not saved. ${problem}`)
  const message = await compose(email, { from: sender(), draft: true })
  const folder = resolve(environment('DRAFTS_DIR') ?? 'drafts')
  const path = join(folder, fileName(email.subject))
  const unfinished = `${path}.tmp`
  try {
    await mkdir(folder, { recursive: true })
    await writeFile(unfinished, message, { flag: 'wx' })
    await rename(unfinished, path)
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined)
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    return failure(`The draft was not saved. The folder ${folder} cannot be written${code}.`)
  }
  const to = email.to.trim()
  return {
    content: [{ type: 'text', text: `The draft is saved. It is addressed to ${to}, in the file ${path}` }],
    structuredContent: { path, to, subject: email.subject },
  }
}

async function sendEmail(email: Email, signal: AbortSignal): Promise<CallToolResult> {
  const smtpUrl = environment('SMTP_URL')
  const problem =
    problemOf(email) ??
    problemOfSender() ??
    (smtpUrl === undefined
      ? 'No mail server is configured: set SMTP_URL, for example smtp://127.0.0.1:2525.'
      : undefined)
  if (problem !== undefined || smtpUrl === undefined) return failure(`The email was not sent. ${problem}`)
  const from = sender()
  const to = email.to.trim()
  const delivery = await deliver(
    smtpUrl,
    { from: addressOf(from), to, message: await compose(email, { from, draft: false }) },
    { timeoutMs: environmentMs('SMTP_TIMEOUT_MS', 8_000), signal },
  )
  if (delivery.state === 'sent') {
    const { server, answer } = delivery
    return {
      content: [{ type: 'text', text: `The email was sent. The mail server accepted it for ${to}.` }],
      structuredContent: { to, server, answer },
    }
  }
  return delivery.state === 'not_sent'
    ? failure(`The email was not sent. ${delivery.reason}`)
    : failure(`It is not known whether the email was sent. ${delivery.reason}`)
}

function sender(): string {
  return environment('MAIL_FROM') ?? 'switchboard@localhost'
}

/** "Carol <carol@example.com>" → "carol@example.com". */
function addressOf(from: string): string {
  return /^[^<>"\p{Cc}]*<([^<>]+)>$/u.exec(from)?.[1] ?? from
}

function problemOfSender(): string | undefined {
  return isAddress(addressOf(sender())) ? undefined : 'MAIL_FROM is not an email address.'
}

function fileName(subject: string): string {
  const time = new Date().toISOString().slice(0, 19).replaceAll(':', '-')
  const words = subject
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  return [time, words.slice(0, 40), `${randomBytes(4).toString('hex')}.eml`]
    .filter((part) => part !== '')
    .join('-')
}

function failure(text: string): CallToolResult {
  return { content: [{ type: 'text', text }], isError: true }
}

await serve({
  name: 'mail',
  help: `Tools: draft_email(to, subject, body), send_email(to, subject, body)

Set in the environment (an empty variable counts as not set):
  SMTP_URL         the mail server, as smtp://USER:PASSWORD@HOST:PORT or smtps://…
  MAIL_FROM        the sender (default: switchboard@localhost)
  DRAFTS_DIR       the folder of the drafts (default: drafts)
  SMTP_TIMEOUT_MS  how long the mail server may be silent (default: 8000)`,
  createServer,
})
