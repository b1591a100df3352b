import { readFileSync, writeFileSync } from 'node:fs'
import { markdown } from './markdown.mjs'
import { svg } from './svg.mjs'

const saved = 'docs/measurements.json'

export function readSaved() {
  return JSON.parse(readFileSync(at(saved), 'utf8'))
}

/** The names of the files that were written. */
export function writeDocuments(measured) {
  const files = {
    [saved]: `${JSON.stringify(measured, null, 2)}\n`,
    'docs/measurements.md': markdown(measured),
    'docs/images/measurements.svg': svg(measured),
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(at(name), text)
  return Object.keys(files)
}

function at(name) {
  return new URL(`../../${name}`, import.meta.url)
}
