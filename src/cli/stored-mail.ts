/** The files of the outbox, as what stands in them. */

export interface StoredMail {
  /** Absolute path of the .eml file. */
  file: string
  from: string
  to: string[]
  subject: string
}

export interface OutboxMail extends StoredMail {
  /** The body as text; of a message with several parts, all of them as they stand in the file. */
  text: string
}

/** Enough of RFC 5322 and MIME to read back what is kept here. */
export function parseMail(file: string, content: Buffer): OutboxMail {
  const message = content.toString('latin1').replaceAll('\r\n', '\n')
  const end = message.indexOf('\n\n')
  const headers = (end < 0 ? message : message.slice(0, end))
    .replace(/\n[ \t]+/g, ' ')
    .split('\n')
    .map((line) => /^([^:\s]+):\s*(.*)$/.exec(line))
  const all = (name: string) =>
    headers.flatMap((header) => (header?.[1]?.toLowerCase() === name ? [header[2] ?? ''] : []))
  const first = (name: string) => all(name)[0] ?? ''
  const type = first('content-type')
  const body = end < 0 ? '' : message.slice(end + 2)
  const bytes = decodeTransfer(body, type.startsWith('multipart/') ? '' : first('content-transfer-encoding'))
  const text = decodeCharset(bytes, /charset="?([\w-]+)/i.exec(type)?.[1] ?? 'utf-8').replaceAll('\r\n', '\n')
  return {
    file,
    from: first('return-path').replace(/^<|>$/g, ''),
    to: all('delivered-to'),
    subject: decodeWords(first('subject')),
    text: text.trimEnd(),
  }
}

function decodeTransfer(text: string, encoding: string): Buffer {
  if (/base64/i.test(encoding)) return Buffer.from(text, 'base64')
  if (!/quoted-printable/i.test(encoding)) return Buffer.from(text, 'latin1')
  return unquote(text.replace(/[ \t]+$/gm, '').replace(/=\n/g, ''))
}

function unquote(text: string): Buffer {
  const bytes = text.replace(/=([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(bytes, 'latin1')
}

/** RFC 2047: `=?utf-8?Q?gr=C3=BC=C3=9Fe?=`; the space between two such words is no part of the text. */
function decodeWords(header: string): string {
  const raw = Buffer.from(header, 'latin1').toString('utf8')
  return raw
    .replace(/(=\?[^?\s]+\?[bq]\?[^?\s]*\?=)\s+(?==\?[^?\s]+\?[bq]\?)/gi, '$1')
    .replace(/=\?([^?\s]+)\?([bq])\?([^?\s]*)\?=/gi, (_, charset: string, kind: string, text: string) =>
      decodeCharset(
        kind.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : unquote(text.replaceAll('_', ' ')),
        charset,
      ),
    )
    .replace(/\p{Cc}/gu, ' ')
}

function decodeCharset(bytes: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return bytes.toString('utf8')
  }
}
