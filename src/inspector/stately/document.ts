import type { Reply } from '../http/reply.ts'

/** Where Stately's inspector lives. */
const origin = 'https://stately.ai'

const html = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Stately's inspector · Switchboard</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="/page/styles/tokens.css" />
    <link rel="stylesheet" href="/page/styles/base.css" />
    <link rel="stylesheet" href="/page/styles/stately.css" />
    <script type="module" src="/page/stately/main.js"></script>
  </head>
  <body class="stately">
    <header class="card stack">
      <h1>Stately's inspector</h1>
      <p>
        Stately draws state machines on a page of its own, ${origin}/inspect. When you press the button, your browser loads that
        page from stately.ai into the frame below, and shows it what the machines of this Switchboard get and become: events,
        states and contexts, with them what callers say and servers answer. Secrets of the configuration are hidden first.
        What it is shown goes from this process to your browser on this machine; what Stately's page does with it is up to
        stately.ai. Until you press the button, nothing is loaded and nothing is shown.
      </p>
      <div class="row">
        <button id="show" class="is-primary">Show the machines to Stately</button>
        <button id="stop" disabled>Stop</button>
        <a class="button" href="/">Back to the page of Switchboard</a>
        <span id="status" class="quiet" role="status"></span>
      </div>
    </header>
    <main id="frame" aria-label="Stately's inspector"></main>
    <noscript>This page needs JavaScript.</noscript>
  </body>
</html>
`

export const statelyReply: Reply = {
  status: 200,
  headers: {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy':
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
      `frame-src ${origin}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  },
  body: html,
}
