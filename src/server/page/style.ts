/** How the page looks: light or dark, as the reader's system is. */
export const style = `
:root { --ground: #f6f7f9; --card: #fff; --ink: #1c2330; --faint: #667085; --line: #e3e7ee; --accent: #3457d5; --good: #14804a; --bad: #c0362c; --wait: #a15c00; --track: #e8ebf2; color-scheme: light dark }
@media (prefers-color-scheme: dark) { :root { --ground: #10141b; --card: #191f29; --ink: #e6eaf2; --faint: #93a0b5; --line: #2a3240; --accent: #8aa4ff; --good: #5cc98f; --bad: #ff8a80; --wait: #f2b45c; --track: #2a3240 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .4rem 1rem; padding: 1rem 1.5rem; border-bottom: 1px solid var(--line); background: var(--card); position: sticky; top: 0; z-index: 1 }
h1 { margin: 0; font-size: 1.1rem; letter-spacing: .02em }
#summary { margin: 0; color: var(--faint); flex: 1 }
nav { display: flex; gap: .3rem }
button { font: inherit; color: inherit; background: transparent; border: 1px solid var(--line); border-radius: .5rem; padding: .25rem .7rem; cursor: pointer }
button:hover { border-color: var(--accent) }
button:focus-visible, textarea:focus-visible, .job:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
button[aria-pressed=true], button.first { background: var(--accent); border-color: var(--accent); color: var(--card) }
button.danger { color: var(--bad) }
main { display: grid; grid-template-columns: minmax(20rem, 26rem) minmax(0, 1fr); gap: 1rem; padding: 1rem 1.5rem; align-items: start }
main:has(#detail[hidden]) { grid-template-columns: minmax(0, 46rem) }
@media (max-width: 60rem) { main { grid-template-columns: minmax(0, 1fr); padding: 1rem } #detail { order: -1 } }
#list { display: grid; gap: .5rem }
.job { display: grid; gap: .45rem; width: 100%; text-align: left; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: .75rem .9rem }
.job[aria-current=true] { border-color: var(--accent); box-shadow: inset 3px 0 0 var(--accent) }
.line { display: flex; align-items: baseline; gap: .6rem; min-width: 0 }
.kind { font-weight: 600 }
.id, .time { color: var(--faint); font-size: .85em }
.job .time { margin-left: auto; white-space: nowrap }
.id { font-family: ui-monospace, monospace; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; flex: 1 }
.pill { font-size: .8em; padding: .05rem .55rem; border-radius: 1rem; border: 1px solid currentColor; color: var(--faint); white-space: nowrap }
.pill.running { color: var(--accent) } .pill.completed { color: var(--good) } .pill.failed { color: var(--bad) } .pill.awaiting_input { color: var(--wait) }
progress { appearance: none; width: 100%; height: 6px; border: 0; border-radius: 3px; background: var(--track); overflow: hidden; display: block }
progress::-webkit-progress-bar { background: var(--track) } progress::-webkit-progress-value { background: var(--accent); border-radius: 3px } progress::-moz-progress-bar { background: var(--accent); border-radius: 3px }
progress:indeterminate { background: linear-gradient(90deg, var(--track) 35%, var(--accent) 50%, var(--track) 65%) 0 0 / 300% 100% }
@media (prefers-reduced-motion: no-preference) { progress:indeterminate { animation: going 1.6s linear infinite } @keyframes going { from { background-position: 100% 0 } to { background-position: 0 0 } } }
progress:indeterminate::-webkit-progress-bar { background: transparent }
.step { color: var(--faint); font-size: .9em; overflow-wrap: anywhere }
#detail { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.1rem 1.25rem; display: grid; gap: .9rem; min-width: 0 }
#detail[hidden] { display: none } #detail > *, #detail .line { min-width: 0 } #detail > div { display: grid; gap: .6rem; grid-template-columns: minmax(0, 1fr) } #detail > div:empty { display: none } #detail .line { align-items: center }
p.step { margin: 0 } p.step:empty { display: none }
h2 { font-size: 1rem; margin: 0 } h3 { font-size: .8rem; margin: 0; color: var(--faint); text-transform: uppercase; letter-spacing: .06em }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .6rem; margin: 0 } dt { color: var(--faint); font-size: .8em } dd { margin: 0; overflow-wrap: anywhere }
pre { margin: 0; padding: .7rem .8rem; background: var(--ground); border: 1px solid var(--line); border-radius: .5rem; overflow: auto; max-height: 22rem; font: 13px/1.45 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere }
.review { border: 1px solid var(--wait); border-radius: .6rem; padding: .9rem; display: grid; gap: .6rem }
.review p { margin: 0; white-space: pre-wrap }
textarea { width: 100%; min-height: 8rem; font: 13px/1.45 ui-monospace, monospace; color: inherit; background: var(--ground); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem }
.buttons { display: flex; flex-wrap: wrap; gap: .5rem }
ol { list-style: none; margin: 0; padding: 0; display: grid; gap: .1rem; max-height: 20rem; overflow: auto; font: 13px/1.5 ui-monospace, monospace }
ol li { display: grid; grid-template-columns: 4.6rem 11rem minmax(0, 1fr); gap: .6rem } ol time, ol .type { color: var(--faint) } ol .what { overflow-wrap: anywhere; white-space: pre-wrap }
@media (max-width: 40rem) { ol li { grid-template-columns: 4.6rem minmax(0, 1fr); gap: 0 .6rem } ol .what { grid-column: 2 } }
.empty, .trouble { color: var(--faint); padding: 2rem 1rem; text-align: center } .trouble { color: var(--bad); padding: 0; text-align: left; margin: 0 }
`
