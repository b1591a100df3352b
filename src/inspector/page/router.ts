/** `#/calls/ID` → `['calls', 'ID']`: the view's name, and what it shows. */
export function readPath(hash: string): string[] {
  return hash
    .replace(/^#\/?/, '')
    .split('/')
    .filter((part) => part !== '')
    .map(decoded)
}

export function pathTo(...parts: string[]): string {
  return `#/${parts.map(encodeURIComponent).join('/')}`
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
