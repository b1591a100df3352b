/** The programs that a shell text starts, each as its words; `npx switchboard …` as `switchboard …`. */
export function commandLines(text: string): string[][] {
  return text
    .replace(/\\\n/g, ' ')
    .split('\n')
    .flatMap((line) => programsOf(line))
}

function programsOf(line: string): string[][] {
  const programs: string[][] = [[]]
  const word = /\s*(?:(#.*)|(&&|\|\|?|;|&)|((?:'[^']*'|"[^"]*"|\\.|\$\([^)]*\)|[^\s'"\\;|&])+))/gy
  for (const [, comment, separator, found] of line.matchAll(word)) {
    if (comment !== undefined) break
    if (separator !== undefined) programs.push([])
    else if (found !== undefined) programs.at(-1)?.push(withoutQuotes(found))
  }
  return programs.map(withoutSetting).filter((words) => words.length > 0)
}

function withoutQuotes(word: string): string {
  return word.replace(
    /'([^']*)'|"([^"]*)"|\\(.)/g,
    (_, single, double, escaped) => single ?? double ?? escaped,
  )
}

/** Neither `$ ` of a prompt, nor variables that are set for the program, nor where its output goes, nor npx. */
function withoutSetting(words: readonly string[]): string[] {
  const rest = [...words]
  if (rest[0] === '$') rest.shift()
  while (/^[A-Z_]+=/.test(rest[0] ?? '')) rest.shift()
  const redirected = rest.findIndex((word) => /^[12]?>/.test(word))
  if (redirected !== -1) rest.length = redirected
  if (rest[0] === 'npx' && rest[1] === 'switchboard') rest.shift()
  return rest
}
