import { oneLine, shorten } from './html.ts'

/** A document is searched by sections, so that a result can say where in a long page the words are. */
export interface Section {
  id: string
  title: string
  file: string
  url: string
  /** What is searched. */
  text: string
  /** What can be read aloud: without code blocks, links and marks. */
  prose: string
}

export function sectionsOf(document: { file: string; url: string; title: string; text: string }): Section[] {
  const { file, url } = document
  const parts = file.toLowerCase().endsWith('.md')
    ? splitMarkdown(document.text)
    : [{ heading: '', text: document.text }]
  const name = parts.find(({ heading }) => heading !== '')?.heading ?? document.title
  return parts
    .filter(({ heading, text }) => heading !== '' || text.trim() !== '')
    .map(({ heading, text }, position) => ({
      id: `${position}:${url}`,
      title: heading || name || titleOf(document.text) || file,
      file,
      url,
      text,
      prose: file.toLowerCase().endsWith('.md') ? proseOf(text) : text,
    }))
}

function splitMarkdown(markdown: string): { heading: string; text: string }[] {
  const parts = [{ heading: '', text: '' }]
  let inCode = false
  for (const line of markdown.split('\n')) {
    if (/^\s*(?:```|~~~)/.test(line)) inCode = !inCode
    const heading = inCode ? undefined : /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1]
    if (heading === undefined) {
      const part = parts.at(-1)
      if (part !== undefined) part.text += `${line}\n`
    } else parts.push({ heading: plain(heading), text: '' })
  }
  return parts
}

function proseOf(markdown: string): string {
  const lines: string[] = []
  let inCode = false
  for (const line of markdown.split('\n')) {
    if (/^\s*(?:```|~~~)/.test(line)) inCode = !inCode
    else if (!inCode && !/^[\s|:-]*$/.test(line)) {
      const item = /^\s*(?:[-*+]|\d+\.)\s|^\s*\|/.test(line)
      const text = plain(line.replace(/^\s*(?:[-*+>]|\d+\.)\s+/, ''))
      // A list's items and a table's rows are sentences of their own.
      lines.push(item && !/[.!?:]$/.test(text) ? `${text}.` : text)
    }
  }
  return lines.join(' ')
}

function plain(line: string): string {
  const text = line
    .replace(/!\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^\s*\||\|\s*$/g, '')
    .replace(/\s*\|\s*/g, ', ')
    .replace(/\*\*|__|`/g, '')
    .replace(/<[^>]*>/g, '')
  return oneLine(text)
}

function titleOf(text: string): string {
  return shorten(oneLine(text.trimStart().split('\n')[0] ?? ''), 80)
}
