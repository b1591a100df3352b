export type TextStyle = 'strong' | 'plain'

/** In pixels. */
export type Measure = (text: string, style?: TextStyle) => number

/** The text, or as much of its beginning as fits, with an ellipsis; nothing where that says nothing. */
export function fitted(text: string, width: number, measure: Measure, style?: TextStyle): string {
  if (measure(text, style) <= width) return text
  const minCharacters = 3
  let [fits, tooLong] = [0, text.length]
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1
    if (measure(`${text.slice(0, middle)}…`, style) <= width) fits = middle
    else tooLong = middle
  }
  const beginning = text.slice(0, fits).replace(/[\s\ud800-\udbff]+$/, '')
  return fits < minCharacters ? '' : `${beginning}…`
}
