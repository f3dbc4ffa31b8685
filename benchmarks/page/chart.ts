/** A bar chart in; elements that show it, as wide as their place, out: lying bars with their values beside them, on a logarithmic axis dots. Colours are the page's. */
import { shown } from '../pairReport.ts'
import type { BarChart } from '../report.ts'
import { createAxis, type Axis } from './axis.ts'
import { escape } from './escape.ts'

/** From so many groups on, what belongs to one group lies on one line, without values. */
const manyGroups = 7

/** From so many groups on, a chart scrolls in its own place. */
const veryManyGroups = 40

export function chartOf(chart: BarChart): string {
  const { title, unit, series, groups, goal, scale = 'linear' } = chart
  const values = groups.flatMap((group) => group.values.filter((value) => value !== null))
  if (!values.some(Number.isFinite)) return `<figure><figcaption>${escape(title)}</figcaption><p class="note">Nothing of it was measured.</p></figure>`
  const axis = createAxis({ values: goal === undefined ? values : [...values, goal.value], scale })
  const isDense = scale === 'log' && series.length > 1 && groups.length >= manyGroups
  const showGroup = isDense ? denseGroup : openGroup
  const ticks = axis.ticks.map(({ value, isMinor }) => ({ left: percent(axis.at(value)), text: value.toLocaleString('en-US', { maximumSignificantDigits: 3 }), kind: isMinor ? ' class="minor"' : '' }))
  return `<figure><figcaption>${escape(title)} <span class="unit">${escape(axisWords(unit, scale))}</span></figcaption>${series.length > 1 ? legendOf(series) : ''}
<div class="chart${scale === 'log' ? ' dots' : ''}${groups.length >= veryManyGroups ? ' tall' : ''}"><div class="plot">
<div class="lines" aria-hidden="true">${ticks.map(({ left, kind }) => `<i style="left:${left}"${kind}></i>`).join('')}</div>${goal === undefined ? '' : goalOf(goal, axis)}
${groups.map((group) => showGroup(group, { axis, series, unit })).join('\n')}
<div class="axis" aria-hidden="true">${ticks.map(({ left, text, kind }) => `<span style="left:${left}"${kind}>${escape(text)}</span>`).join('')}</div>
</div></div></figure>`
}

interface Place {
  readonly axis: Axis
  readonly series: readonly string[]
  readonly unit: string
}

type Group = BarChart['groups'][number]

/** A line for each value. */
function openGroup({ label, values }: Group, place: Place): string {
  const rows = values.map((value, index) => {
    if (value === null || !Number.isFinite(value)) return '<div class="row"><span class="value none">not measured</span></div>'
    return `<div class="row"><div class="bar s${index}" style="width:${percent(place.axis.at(value))}" title="${escape(hint(label, value, index, place))}"></div><span class="value">${escape(shown(value))}</span></div>`
  })
  return `<div class="group"><div class="label">${escape(label)}</div><div class="rows">${rows.join('')}</div></div>`
}

/** One line for all values. */
function denseGroup({ label, values }: Group, place: Place): string {
  const marks = values.map((value, index) => {
    if (value === null || !Number.isFinite(value)) return ''
    // Equal values lie a little below each other.
    const shift = ((index - (values.length - 1) / 2) * 3).toFixed(1)
    return `<i class="mark s${index}" style="left:${percent(place.axis.at(value))};margin-top:${shift}px" title="${escape(hint(label, value, index, place))}"></i>`
  })
  return `<div class="group"><div class="label">${escape(label)}</div><div class="rows"><div class="row dense">${marks.join('')}</div></div></div>`
}

function hint(label: string, value: number, index: number, { series, unit }: Place): string {
  return `${label}${series.length > 1 ? `, ${series[index] ?? ''}` : ''}: ${shown(value)} ${unit}`
}

function goalOf({ value, label }: NonNullable<BarChart['goal']>, axis: Axis): string {
  const place = axis.at(value)
  // Near an edge its words would be cut off.
  const side = place > 0.6 ? 'before' : place < 0.4 ? 'behind' : 'around'
  return `<div class="lines goals"><b style="left:${percent(place)}"><span class="${side}">${escape(label)}</span></b></div>`
}

function legendOf(series: readonly string[]): string {
  return `<ul class="legend">${series.map((name, index) => `<li><i class="s${index}"></i>${escape(name)}</li>`).join('')}</ul>`
}

function axisWords(unit: string, scale: 'linear' | 'log'): string {
  const words = unit === '×' ? 'times' : unit
  return scale === 'log' ? `${words}, logarithmic`.replace(/^, /, '') : words
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)}%`
}
