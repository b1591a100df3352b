import type { Reply } from './reply.ts'

const styles = [
  ...['tokens', 'base', 'shell', 'call', 'transcript', 'timeline', 'timeline-controls', 'timeline-drawing'],
  ...['call-list', 'call-details', 'chart', 'machines', 'servers', 'functions', 'my-servers'],
]

const html = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Switchboard</title>
    <link rel="icon" href="data:," />
${styles.map((name) => `    <link rel="stylesheet" href="/page/styles/${name}.css" />`).join('\n')}
    <script type="module" src="/page/main.js"></script>
  </head>
  <body>
    <div id="page"></div>
    <div id="announcements" class="visually-hidden" aria-live="polite"></div>
    <noscript>This page needs JavaScript.</noscript>
  </body>
</html>
`

export const documentReply: Reply = {
  status: 200,
  headers: { 'Content-Type': 'text/html; charset=utf-8' },
  body: html,
}
