import type { ServerResponse } from 'node:http'

const style = `
  :root { color-scheme: light dark }
  body { max-width: 26rem; margin: 10vh auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif }
  label { display: block; font-weight: 600 }
  input { width: 100%; box-sizing: border-box; margin: .25rem 0 1rem; padding: .5rem; font: inherit }
  button { padding: .5rem 1.25rem; font: inherit }
  code { overflow-wrap: anywhere }
`

/** `content`: markup; what is not ours in it has to be `escaped`. */
export function sendDocument(response: ServerResponse, status: number, title: string, content: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
  })
  response.end(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} (example)</title>
<style>${style}</style>
<main>
<h1>${escaped(title)}</h1>
${content}
</main>
</html>
`)
}

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
