import { Readable } from 'node:stream'
import { parseConnectionUrl } from 'nodemailer/lib/shared'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import { seconds } from './environment.ts'
import { oneLine, shorten } from './html.ts'

/** `unknown`: the message was on its way when the connection ended, and the server may have taken it. */
export type Delivery =
  | { state: 'sent'; server: string; answer: string }
  | { state: 'not_sent' | 'unknown'; reason: string }

interface Mail {
  from: string
  to: string
  message: Buffer
}

type Stage = 'connecting' | 'signing_in' | 'transferring'

/** Throws a plain Error when `smtpUrl` is none. Never tells the user name or the password. */
export function deliver(
  smtpUrl: string,
  mail: Mail,
  options: { timeoutMs: number; signal: AbortSignal },
): Promise<Delivery> {
  if (
    !URL.canParse(smtpUrl) ||
    !/^smtps?:$/.test(new URL(smtpUrl).protocol) ||
    new URL(smtpUrl).hostname === ''
  )
    return Promise.resolve({ state: 'not_sent', reason: 'SMTP_URL is not an smtp:// or smtps:// URL.' })
  const { timeoutMs, signal } = options
  const server = new URL(smtpUrl).host
  const { auth, ...address } = parseConnectionUrl(smtpUrl)
  const connection = new SMTPConnection({
    ...address,
    dnsTimeout: timeoutMs,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
  })

  return new Promise((resolve) => {
    let stage: Stage = 'connecting'
    let transferBegun = false
    // SMTPConnection reads the message only after the server has agreed to take it.
    const message = new Readable({
      read() {
        transferBegun = true
        this.push(mail.message)
        this.push(null)
      },
    })
    const finish = (delivery: Delivery) => {
      signal.removeEventListener('abort', onAbort)
      connection.close()
      resolve(delivery)
    }
    const fail = (error: SmtpError) => finish(explain(error, { server, stage, transferBegun, timeoutMs }))
    const onAbort = () => {
      // Once it is on its way, only the server's answer tells what became of it.
      if (!transferBegun) finish({ state: 'not_sent', reason: 'It was cancelled.' })
    }
    const transfer = () => {
      stage = 'transferring'
      connection.send({ from: mail.from, to: [mail.to] }, message, (error, info) => {
        if (error) fail(error)
        else finish({ state: 'sent', server, answer: quotable(info.response) })
      })
    }

    signal.addEventListener('abort', onAbort, { once: true })
    connection.on('error', fail)
    connection.connect((error) => {
      if (error) return fail(error)
      if (!auth) return transfer()
      stage = 'signing_in'
      connection.login(auth, (loginError) => (loginError ? fail(loginError) : transfer()))
    })
    if (signal.aborted) onAbort()
  })
}

/** What SMTPConnection puts on its errors; `command` is 'DATA' only for a reply to the message or to DATA. */
interface SmtpError extends Error {
  code?: string | undefined
  originalCode?: string | undefined
  command?: string | undefined
  response?: string | undefined
  responseCode?: number | undefined
}

function explain(
  error: SmtpError,
  known: { server: string; stage: Stage; transferBegun: boolean; timeoutMs: number },
): Delivery {
  const { server, stage, transferBegun, timeoutMs } = known
  const { responseCode = 0 } = error
  const refused = responseCode >= 400 && responseCode < 600
  const answered = error.response === undefined ? '' : quotable(error.response)

  if (transferBegun && !(refused && error.command === 'DATA')) {
    const what =
      error.code === 'ETIMEDOUT'
        ? `did not answer within ${seconds(timeoutMs)} after the message was handed over`
        : answered === ''
          ? 'ended the connection while the message was handed over, and did not answer'
          : `answered "${answered}" when the message was handed over`
    return { state: 'unknown', reason: `The mail server at ${server} ${what}.` }
  }
  const reason = () => {
    // A server may repeat what it was given: of a refused sign-in only the number is told.
    if (stage === 'signing_in' && refused)
      return `did not accept the user name and password of SMTP_URL (${responseCode})`
    if (refused) return `refused it: "${answered}"`
    if (error.code === 'EDNS' || error.originalCode === 'ENOTFOUND') return 'was not found'
    if (error.originalCode === 'ECONNREFUSED') return 'cannot be reached: it refuses connections'
    if (error.code === 'ETIMEDOUT') return `did not answer within ${seconds(timeoutMs)}`
    if (error.code === 'ETLS') return 'could not set up an encrypted connection'
    if (stage === 'connecting')
      return `cannot be reached (${error.originalCode ?? error.code ?? 'no reason given'})`
    if (stage === 'signing_in') return 'could not sign in with SMTP_URL'
    return 'ended the connection before the message was handed over'
  }
  return { state: 'not_sent', reason: `The mail server at ${server} ${reason()}.` }
}

function quotable(answer: string): string {
  return shorten(oneLine(answer).replaceAll('"', "'"), 300)
}
