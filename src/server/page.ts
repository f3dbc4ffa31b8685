/** Nothing in; the page that shows jobs and takes reviews, which needs nothing from elsewhere, out. */
import { randomBytes } from 'node:crypto'
import { script } from './page/script.ts'
import { style } from './page/style.ts'

export type Page = () => Response

export function createPage(): Page {
  return () => {
    // What is in the page runs; what gets into it does not.
    const nonce = randomBytes(16).toString('base64')
    const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; connect-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`
    return new Response(pageOf(nonce), { headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy } })
  }
}

function pageOf(nonce: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>replm</title><link rel="icon" href="data:,"><style nonce="${nonce}">${style}</style></head>
<body>
<header><h1>replm</h1><p id="summary" role="status">Loading…</p><nav aria-label="Which jobs">
<button type="button" data-filter="" aria-pressed="true">All</button><button type="button" data-filter="open" aria-pressed="false">Under way</button><button type="button" data-filter="awaiting_input" aria-pressed="false">For review</button><button type="button" data-filter="failed" aria-pressed="false">Failed</button></nav></header>
<main><section id="list" aria-label="Jobs"></section><section id="detail" aria-label="The job" hidden></section></main>
<script nonce="${nonce}">${script}</script>
</body></html>
`
}
