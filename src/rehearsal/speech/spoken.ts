import { numeralWords, ordinalWords } from './numbers.ts'

/** Words that Flite would spell, or pronounce as nobody does. */
const pronunciations: [RegExp, string][] = [
  [/\bxstate\b/gi, 'x state'],
  [/\bjson\b/gi, 'jason'],
  [/\burl\b/gi, 'u r l'],
  [/\burls\b/gi, 'u r ls'],
  [/\be-mail(s?)\b/gi, 'email$1'],
]

const symbols: [RegExp, string][] = [
  [/&/g, ' and '],
  [/\+/g, ' plus '],
  [/=/g, ' equals '],
  [/@/g, ' at '],
  [/%/g, ' percent '],
  [/#/g, ' number '],
  [/°/g, ' degrees '],
  [/(\w)\/(\w)/g, '$1 slash $2'],
  [/[–—]/g, ', '],
  [/…/g, '. '],
  [/[•·]/g, ', '],
  [/[‘’]/g, "'"],
  [/[“”„«»"`*_~^|<>{}[\]\\/]/g, ' '],
]

const cyrillic = new Map(
  'а a,б b,в v,г g,д d,е e,ё yo,ж zh,з z,и i,й y,к k,л l,м m,н n,о o,п p,р r,с s,т t,у u,ф f,х kh,ц ts,ч ch,ш sh,щ sch,ъ ,ы y,ь ,э e,ю yu,я ya,і i,ї yi,є ye,ґ g'
    .split(',')
    .map((pair): [string, string] => [pair.charAt(0), pair.slice(2)]),
)
const latin: [RegExp, string][] = [
  [/ß/g, 'ss'],
  [/[øØ]/g, 'o'],
  [/[łŁ]/g, 'l'],
  [/[đðĐÐ]/g, 'd'],
  [/[æÆ]/g, 'ae'],
  [/[œŒ]/g, 'oe'],
  [/[þÞ]/g, 'th'],
]

/** Said in place of letters that Flite would pass over in silence. */
const unpronounceable = 'something I cannot pronounce'

const currencies = new Map([
  ['$', 'dollars'],
  ['€', 'euros'],
  ['£', 'pounds'],
])

const dotted = (name: string): string => name.replaceAll('.', ' dot ').replaceAll('-', ' dash ')

function addressWords(address: string): string {
  const [local = '', host = ''] = address.split('@')
  const spokenLocal = dotted(local).replaceAll('_', ' underscore ').replaceAll('+', ' plus ')
  return ` ${spokenLocal} at ${dotted(host)} `
}

function urlWords(url: string, whole: boolean): string {
  const bare = url.replace(/^https?:\/\/(www\.)?/i, '').replace(/\/$/, '')
  const [host = ''] = bare.split(/[/?#]/)
  const said = whole || bare.length <= 40 ? bare : host
  const path = dotted(said)
    .replaceAll('/', ' slash ')
    .replaceAll('_', ' underscore ')
    .replaceAll('?', ' question mark ')
    .replaceAll('#', ' hash ')
  return ` ${path} `
}

function toAscii(text: string): string {
  let ascii = text.replace(/[\u0400-\u04ff]/g, (letter) => cyrillic.get(letter.toLowerCase()) ?? letter)
  ascii = ascii.normalize('NFKD').replace(/\p{Mark}/gu, '')
  for (const [pattern, replacement] of latin) ascii = ascii.replace(pattern, replacement)
  return ascii
    .replace(/[^\p{ASCII}]*[^\p{ASCII}\P{Letter}][^\p{ASCII}]*/gu, ` ${unpronounceable} `)
    .replace(/[^\p{ASCII}]/gu, ' ')
}

function numeralsToWords(text: string): string {
  return text
    .replace(/(\d),(?=\d{3}\b)/g, '$1')
    .replace(/([$€£])\s?(\d+(?:\.\d+)?)/g, (_, sign: string, numeral: string) => {
      return ` ${numeralWords(numeral)} ${currencies.get(sign) ?? ''} `
    })
    .replace(/\b(\d{1,2}):(\d{2})\b/g, (_, hours: string, minutes: string) => {
      return ` ${numeralWords(String(Number(hours)))} ${minutes === '00' ? "o'clock" : numeralWords(minutes)} `
    })
    .replace(/\b(\d+)(st|nd|rd|th)\b/gi, (_, numeral: string) => ` ${ordinalWords(numeral)} `)
    .replace(/(^|[\s(])-(?=\d)/g, '$1minus ')
    .replace(/\d+(\.\d+)+/g, (numeral) => {
      const [first = '', ...rest] = numeral.split('.')
      if (rest.length === 1) return ` ${numeralWords(numeral)} `
      return ` ${[first, ...rest].map((part) => numeralWords(part)).join(' point ')} `
    })
    .replace(/\d+/g, (numeral) => ` ${numeralWords(numeral)} `)
}

/**
 * What the synthesiser reads for a text: addresses, digits and symbols in words, no letters that it renders silent.
 * Punctuation that makes pauses stays. Long URLs are cut to their host unless `wholeUrls`.
 */
export function toSpeech(text: string, { wholeUrls = false } = {}): string {
  let spoken = text
    .normalize('NFKC')
    .replace(/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, addressWords)
    .replace(/https?:\/\/[^\s<>"')\]]*[^\s<>"')\].,;:!?]/gi, (url) => urlWords(url, wholeUrls))
  for (const [pattern, replacement] of pronunciations) spoken = spoken.replace(pattern, replacement)
  spoken = numeralsToWords(spoken).replace(/([A-Za-z0-9])\.(?=[a-z][A-Za-z0-9]+)/g, '$1 dot ')
  for (const [pattern, replacement] of symbols) spoken = spoken.replace(pattern, replacement)
  spoken = toAscii(spoken)
    .replace(/\s+/g, ' ')
    .replace(/ ([.,!?;:])/g, '$1')
    .trim()
  if (/[a-z]/i.test(spoken)) return spoken
  return text.trim() ? `${unpronounceable}.` : ''
}

/** The lower-case words in which a value is heard: only `a–z` and inner apostrophes, so safe in a grammar. */
export function toWords(text: string): string[] {
  if (!/[\p{Letter}\p{Number}]/u.test(text)) return []
  return toSpeech(text, { wholeUrls: true })
    .toLowerCase()
    .split(/[^a-z']+/)
    .map((word) => word.replace(/^'+|'+$/g, '').replace(/'{2,}/g, "'"))
    .filter(Boolean)
}

/** The words of an identifier: `searchWeb`, `search_web` and `search-web` are all "search web". */
export function identifierWords(identifier: string): string[] {
  return toWords(
    identifier
      .replace(/([a-z\d])([A-Z])/g, '$1 $2')
      .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
      .replace(/[^\p{Letter}\p{Number}']+/gu, ' '),
  )
}
