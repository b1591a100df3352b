const below20 =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  )
const tens = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ')
const scales: [number, string][] = [
  [1e9, 'billion'],
  [1e6, 'million'],
  [1e3, 'thousand'],
  [100, 'hundred'],
]

/** The words of the shared `<number>` rule: 0–99. */
export const unitWords = below20.slice(1, 10)
export const teenWords = below20.slice(10)
export const tenWords = tens

const digitWords = (digits: string): string =>
  [...digits].map((digit) => below20[Number(digit)] ?? '').join(' ')

function wholeWords(value: number): string {
  if (value < 20) return below20[value] ?? ''
  if (value < 100) {
    const unit = value % 10
    return `${tens[Math.floor(value / 10) - 2] ?? ''}${unit ? ` ${below20[unit] ?? ''}` : ''}`
  }
  for (const [size, name] of scales) {
    if (value < size) continue
    const rest = value % size
    return `${wholeWords(Math.floor(value / size))} ${name}${rest ? ` ${wholeWords(rest)}` : ''}`
  }
  return ''
}

/**
 * A decimal numeral (`-12.50`) in words. Leading zeros and more than twelve digits (telephone and card
 * numbers) are spelled digit by digit.
 */
export function numeralWords(numeral: string): string {
  const negative = numeral.startsWith('-')
  const [whole = '', fraction] = numeral.replace(/^-/, '').split('.')
  const spelled = whole.length > 12 || (whole.length > 1 && whole.startsWith('0'))
  const words = [
    negative ? 'minus' : '',
    spelled ? digitWords(whole) : wholeWords(Number(whole || '0')),
    fraction ? `point ${digitWords(fraction)}` : '',
  ]
  return words.filter(Boolean).join(' ')
}

const irregularOrdinals = new Map([
  ['one', 'first'],
  ['two', 'second'],
  ['three', 'third'],
  ['five', 'fifth'],
  ['eight', 'eighth'],
  ['nine', 'ninth'],
  ['twelve', 'twelfth'],
])

export function ordinalWords(numeral: string): string {
  const words = numeralWords(numeral).split(' ')
  const last = words.pop() ?? ''
  return [...words, irregularOrdinals.get(last) ?? `${last.replace(/y$/, 'ie')}th`].join(' ')
}

/** The number that words or digits stand for, or undefined. Knows what `numeralWords` says below a billion. */
export function parseNumber(text: string): number | undefined {
  const plain = text.trim().toLowerCase().replaceAll(',', '')
  if (/^-?\d+(\.\d+)?$/.test(plain)) return Number(plain)
  const words = plain.split(/[\s-]+/).filter((word) => word !== 'and')
  const negative = words[0] === 'minus'
  if (negative) words.shift()
  if (words.length === 0) return undefined
  let total = 0
  let group = 0
  for (const word of words) {
    const small = below20.indexOf(word)
    const ten = tens.indexOf(word)
    const scale = scales.find(([, name]) => name === word)?.[0]
    if (small >= 0) group += small
    else if (ten >= 0) group += (ten + 2) * 10
    else if (scale === 100) group = (group || 1) * 100
    else if (scale !== undefined) {
      total += (group || 1) * scale
      group = 0
    } else return undefined
  }
  return (negative ? -1 : 1) * (total + group)
}
