import MailComposer from 'nodemailer/lib/mail-composer'

export interface Email {
  to: string
  subject: string
  body: string
}

const mailbox =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*$/iu

export function isAddress(text: string): boolean {
  return text.length <= 254 && mailbox.test(text)
}

/** What is wrong with an email, in words; undefined when nothing is. */
export function problemOf({ to, subject }: Email): string | undefined {
  for (const [name, value] of Object.entries({ to, subject }))
    if (/[\p{Cc}\u2028\u2029]/u.test(value))
      return `"${name}" holds a line break or another control character. Give it in one line.`
  if (to.trim() === '')
    return 'The recipient is missing: "to" is empty. Give an email address, such as carol@example.com.'
  if (!isAddress(to.trim()))
    return `The recipient is not an email address: "${to.trim().slice(0, 100)}". Give one such as carol@example.com.`
  return undefined
}

/** The message in the form of RFC 5322. */
export function compose(email: Email, options: { from: string; draft: boolean }): Promise<Buffer> {
  const composer = new MailComposer({
    from: options.from,
    to: email.to.trim(),
    subject: email.subject,
    text: email.body,
    // Mail programs open a message with this header for editing.
    headers: options.draft ? { 'X-Unsent': '1' } : {},
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return composer.compile().build()
}
