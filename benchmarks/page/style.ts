/** Nothing in; the page's style sheet out. No font, picture or script from anywhere. */
export const style = `
:root { color-scheme: light dark; --back: #f7f6f3; --front: #1d1f24; --soft: #62666f; --line: #dedbd4; --panel: #fff; --good: #17774a; --bad: #b3372f;
  --s0: #3a6ea5; --s1: #d98a1f; --s2: #3f9463; --s3: #8a62ad; --s4: #868d98; --shade: #0003; --label: 15rem; --room: 4.5rem }
@media (prefers-color-scheme: dark) { :root { --back: #15171b; --front: #e8e6e1; --soft: #a0a6b0; --line: #353941; --panel: #1d2026; --good: #58c48a; --bad: #f0857b;
  --s0: #6ea3dc; --s1: #e9b765; --s2: #6cc08c; --s3: #b698d4; --s4: #8b93a0; --shade: #fff3 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--back); color: var(--front); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif }
main { max-width: 1080px; margin: 0 auto; padding: 40px 24px 80px }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -.01em }
h2 { font-size: 21px; margin: 48px 0 4px; padding-top: 20px; border-top: 1px solid var(--line) }
h3 { font-size: 14px; margin: 18px 0 0 }
p { margin: 0 0 12px; max-width: 80ch }
a { color: var(--s0) }
.about, .when, .note { color: var(--soft) }
.less { margin: 6px 0; padding: 6px 12px; border-left: 3px solid var(--bad); background: var(--panel) }
.note { font-size: 13.5px; margin-top: 10px }
.machine { display: flex; flex-wrap: wrap; gap: 8px 28px; margin: 20px 0 0 }
.machine dt { color: var(--soft); font-size: 12.5px } .machine dd { margin: 0; font-weight: 500 }
.sum { display: flex; gap: 28px; margin: 24px 0 8px; flex-wrap: wrap }
.sum b { font-size: 34px; line-height: 1.1; display: block; font-variant-numeric: tabular-nums }
.sum span { color: var(--soft); font-size: 13.5px }
nav { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 18px 0 0; font-size: 14px }
.met { color: var(--good) } .missed { color: var(--bad) } .open { color: var(--front) }
.goals-list { margin: 18px 0 0; font-size: 13.5px; background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 8px 18px 10px }
.goal-line { display: grid; grid-template-columns: 7.6rem minmax(0, 1fr) 13rem 7.8rem; gap: 0 16px; padding: 7px 0; border-bottom: 1px solid var(--line); align-items: start }
.goal-line:last-child { border: 0 } .goal-line.head { padding: 0; border: 0; color: var(--soft); font-size: 12px }
.goal-line .name { font-weight: 600 } .goal-line small { display: block; color: var(--soft); font-size: 12.5px } .goal-line small b { font-weight: 600 }
.figure { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap } .figure small { white-space: normal }
.gauge { position: relative; height: 10px; margin-top: 6px; border-radius: 5px; background: linear-gradient(to right, var(--line) 60%, transparent 60%) }
.gauge::after { content: ""; position: absolute; left: 60%; top: -4px; bottom: -4px; width: 2px; background: var(--front) }
.gauge i { display: block; height: 100%; border-radius: 5px; min-width: 3px; background: var(--good) } .gauge.missed i { background: var(--bad) }
.gauge.none { background: none } .gauge.none::after, .head .gauge::after { display: none }
.head .gauge { background: none; height: auto; margin: 0 } .head .gauge span { position: absolute; left: 60%; transform: translateX(-50%); position: relative }
.charts { display: grid; grid-template-columns: minmax(0, 1fr); gap: 18px; margin: 18px 0 }
figure { margin: 0; background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 16px 18px 12px; min-width: 0 }
figcaption { font-weight: 600 } .unit { color: var(--soft); font-weight: 400 }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 14px; margin: 6px 0 0; padding: 0; font-size: 13px } .legend i { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 6px }
.chart { margin-top: 6px; font-size: 12.5px } .tall { max-height: 40rem; overflow-y: auto } .tall .axis { position: sticky; bottom: 0 }
.plot { position: relative; padding: 22px var(--room) 0 var(--label) }
.lines { position: absolute; left: var(--label); right: var(--room); top: 20px; bottom: 24px; pointer-events: none }
.lines i { position: absolute; top: 0; bottom: 0; width: 1px; background: var(--line) }
.lines b { position: absolute; top: -2px; bottom: 0; width: 0; border-left: 2px dashed var(--bad); z-index: 1 }
.lines b span { position: absolute; top: -17px; color: var(--bad); font-size: 11.5px; font-weight: 500; white-space: nowrap } .before { right: -1px } .behind { left: -1px } .around { left: 0; transform: translateX(-50%) }
.group { position: relative; display: grid; grid-template-columns: var(--label) minmax(0, 1fr); align-items: center; margin: 0 0 7px calc(-1 * var(--label)) }
.label { padding-right: 12px; text-align: right; line-height: 1.25 }
.row { position: relative; display: flex; align-items: center; height: 17px }
.bar { flex: none; height: 13px; min-width: 2px; border-radius: 0 3px 3px 0 }
.dots .bar { position: relative; height: 2px } .dots .bar::after { content: ""; position: absolute; right: -5px; top: -4px; width: 10px; height: 10px; border-radius: 50%; background: inherit }
.value { position: relative; z-index: 2; margin-left: 6px; padding: 0 3px; background: var(--panel); border-radius: 3px; line-height: 15px; white-space: nowrap; font-variant-numeric: tabular-nums } .dots .value { margin-left: 9px }
.none { color: var(--soft) }
.dense { height: 22px; border-bottom: 1px solid var(--line) } .mark { position: absolute; z-index: 2; top: 6px; width: 10px; height: 10px; margin-left: -5px; border-radius: 50%; opacity: .9; border: 1px solid var(--panel) }
.axis { position: relative; height: 22px; background: var(--panel); z-index: 3; color: var(--soft); font-size: 11.5px; font-variant-numeric: tabular-nums } .axis span { position: absolute; top: 3px; transform: translateX(-50%); white-space: nowrap }
.s0 { background: var(--s0) } .s1 { background: var(--s1) } .s2 { background: var(--s2) } .s3 { background: var(--s3) } .s4 { background: var(--s4) }
/* A shade at an edge behind which there is more: it stays there, and what covers it moves with the table. */
.scroll { overflow-x: auto; background: linear-gradient(to right, var(--back) 14px, transparent) left / 42px 100% no-repeat local, linear-gradient(to left, var(--back) 14px, transparent) right / 42px 100% no-repeat local,
  linear-gradient(to right, var(--shade), transparent) left / 14px 100% no-repeat scroll, linear-gradient(to left, var(--shade), transparent) right / 14px 100% no-repeat scroll }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; font-variant-numeric: tabular-nums; margin: 6px 0 20px }
th, td { padding: 6px 16px 6px 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top } th:last-child, td:last-child { padding-right: 0 }
th { color: var(--soft); font-weight: 500 } td.number, th.number { text-align: right } td.number { white-space: nowrap } td:first-child { min-width: 11rem }
details { margin: 12px 0 } summary { cursor: pointer; color: var(--s0) }
@media (max-width: 760px) {
  :root { --label: 0rem; --room: 3.6rem }
  main { padding: 24px 14px 60px } figure, .goals-list { padding-left: 12px; padding-right: 12px }
  .goal-line { grid-template-columns: minmax(0, 1fr) auto; gap: 2px 12px } .goal-line .name { grid-column: 1 / -1 } .goal-line .name:empty, .goal-line.head { display: none }
  .goal-line .gauge { grid-column: 1 / -1; margin: 6px 0 5px } .gauge.none { display: none } .goal-line .figure { grid-row: span 1 } .goal-line .what { order: 1 } .goal-line .figure { order: 2 } .goal-line .gauge { order: 3 }
  .group { grid-template-columns: minmax(0, 1fr); margin-bottom: 9px } .label { text-align: left; padding: 0; width: fit-content; background: var(--panel); position: relative; z-index: 2 } .minor { display: none }
}
`
