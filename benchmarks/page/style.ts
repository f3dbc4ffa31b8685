/** Nothing in; the page's style sheet out. No font, picture or script from anywhere. */
export const style = `
:root { color-scheme: light dark; --back: #fbfaf8; --front: #1d1f24; --soft: #667; --line: #dddad3; --panel: #fff; --good: #1a7f4b; --bad: #b3372f; --goal: #b3372f;
  --s0: #3a6ea5; --s1: #e09f3e; --s2: #4f9d69; --s3: #8d6cab; --s4: #9aa1ab }
@media (prefers-color-scheme: dark) { :root { --back: #15171b; --front: #e8e6e1; --soft: #9aa0ab; --line: #33363d; --panel: #1c1f25; --good: #58c48a; --bad: #ef7d73; --goal: #ef7d73;
  --s0: #6ea3dc; --s1: #e9b765; --s2: #74c08d; --s3: #b394d0; --s4: #7d848f } }
* { box-sizing: border-box }
body { margin: 0; background: var(--back); color: var(--front); font: 15px/1.55 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif }
main { max-width: 1080px; margin: 0 auto; padding: 40px 24px 80px }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 6px; letter-spacing: -.01em }
h2 { font-size: 21px; margin: 56px 0 4px; padding-top: 20px; border-top: 1px solid var(--line) }
p { margin: 0 0 12px; max-width: 76ch }
.about, .machine, .note { color: var(--soft) }
.note { font-size: 13.5px; margin-top: 10px }
.sum { display: flex; gap: 28px; margin: 22px 0 8px; flex-wrap: wrap }
.sum b { font-size: 32px; line-height: 1.1; display: block; font-variant-numeric: tabular-nums }
.sum span { color: var(--soft); font-size: 13.5px }
nav { margin: 18px 0 0; font-size: 14px } nav a { margin-right: 14px; white-space: nowrap } a { color: var(--s0) }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; font-variant-numeric: tabular-nums; margin: 8px 0 20px }
th, td { padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
th { color: var(--soft); font-weight: 500; white-space: nowrap } td.number, th.number { text-align: right; white-space: nowrap }
.met { color: var(--good); font-weight: 600; white-space: nowrap } .missed { color: var(--bad); font-weight: 600; white-space: nowrap } .open { color: var(--soft) }
.charts { display: grid; grid-template-columns: minmax(0, 1fr); gap: 18px; margin: 18px 0 }
figure { margin: 0; background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 16px 18px 10px }
figcaption { font-weight: 600 } .unit { color: var(--soft); font-weight: 400 }
svg { width: 100%; height: auto; display: block } svg text { fill: var(--front); font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif }
svg .tick, svg .none { fill: var(--soft); font-size: 11px } svg .value { font-size: 11px; font-variant-numeric: tabular-nums } svg .grid { stroke: var(--line) }
svg .goal { stroke: var(--goal); stroke-width: 1.5; stroke-dasharray: 4 3 } svg .goal-label { fill: var(--goal); font-size: 11px }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 14px; margin: 6px 0 0; padding: 0; font-size: 13px } .legend i { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 6px }
.s0 { fill: var(--s0); background: var(--s0) } .s1 { fill: var(--s1); background: var(--s1) } .s2 { fill: var(--s2); background: var(--s2) } .s3 { fill: var(--s3); background: var(--s3) } .s4 { fill: var(--s4); background: var(--s4) }
details { margin: 12px 0 } summary { cursor: pointer; color: var(--soft) } h3 { font-size: 14px; margin: 18px 0 0 }
`
