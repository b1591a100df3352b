const namedEntities: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  ndash: '–',
  mdash: '—',
  hellip: '…',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  copy: '©',
}

const unreadable = new Set(['script', 'style', 'noscript', 'template', 'svg', 'title', 'textarea', 'iframe'])
const blocks =
  /^(?:address|article|aside|blockquote|br|dd|div|dl|dt|figure|footer|form|h[1-6]|header|hr|li|main|nav|ol|p|pre|section|table|td|th|tr|ul)$/

/** The readable text of a page. One pass over the text: a hostile page cannot make it slow. */
export function htmlToText(html: string): { title: string; text: string } {
  const lowerCase = html.toLowerCase()
  let title = ''
  let text = ''
  let position = 0
  while (position < html.length) {
    const open = html.indexOf('<', position)
    if (open < 0) {
      text += html.slice(position)
      break
    }
    text += html.slice(position, open)
    if (html.startsWith('<!--', open)) {
      position = after(html, '-->', open + 4)
      continue
    }
    const name = /^[a-z][a-z0-9]*/.exec(lowerCase.slice(open + 1, open + 20))?.[0]
    const isTag = name !== undefined || html[open + 1] === '/' || html[open + 1] === '!'
    if (!isTag) {
      text += '<'
      position = open + 1
      continue
    }
    position = after(html, '>', open)
    if (name !== undefined && unreadable.has(name)) {
      const close = lowerCase.indexOf(`</${name}`, position)
      const content = html.slice(position, close < 0 ? html.length : close)
      if (name === 'title' && title === '') title = oneLine(decodeEntities(content))
      position = close < 0 ? html.length : after(html, '>', close)
    } else {
      const tagName = name ?? /^[a-z][a-z0-9]*/.exec(lowerCase.slice(open + 2, open + 20))?.[0] ?? ''
      if (blocks.test(tagName)) text += '\n'
    }
  }
  const lines = decodeEntities(text).split('\n').map(oneLine)
  return { title, text: lines.filter((line) => line !== '').join('\n') }
}

function after(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from)
  return found < 0 ? text.length : found + mark.length
}

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return namedEntities[String(name).toLowerCase()] ?? whole
    const code = decimal !== undefined ? Number(decimal) : Number.parseInt(String(hex), 16)
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : ''
  })
}

/** One line without control, invisible or direction-changing characters. */
export function oneLine(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .trim()
}

/** At most `maxLength` characters, cut between words. */
export function shorten(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  const cut = text.slice(0, maxLength)
  const space = cut.lastIndexOf(' ')
  return `${cut.slice(0, space > maxLength / 2 ? space : maxLength).trimEnd()}…`
}
