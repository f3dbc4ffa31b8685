/** A bar chart in; an SVG of lying bars, with their values beside them and the goal across them, out. Colours are the page's. */
import { shown } from '../pairReport.ts'
import type { BarChart } from '../report.ts'
import { createAxis, type Axis } from './axis.ts'
import { escape } from './escape.ts'

const width = 760
const labelWidth = 230
const valueWidth = 64
const barHeight = 14
const barGap = 3
const groupGap = 14
const top = 30
const axisHeight = 26

export function chartOf(chart: BarChart): string {
  const { title, unit, series, groups, goal } = chart
  const values = groups.flatMap((group) => group.values.filter((value) => value !== null))
  const axis = createAxis({ values: goal === undefined ? values : [...values, goal.value], scale: chart.scale ?? 'linear', from: labelWidth, to: width - valueWidth })
  const groupHeight = series.length * (barHeight + barGap) - barGap
  const plotHeight = groups.length * (groupHeight + groupGap) + groupGap
  const height = top + plotHeight + axisHeight
  const bodies = groups.map((group, index) => groupOf(group, { y: top + groupGap + index * (groupHeight + groupGap), height: groupHeight, axis, series, unit }))
  const legend = series.length > 1 ? legendOf(series) : ''
  return `<figure><figcaption>${escape(title)} <span class="unit">${escape(unit)}${chart.scale === 'log' ? ', logarithmic' : ''}</span></figcaption>${legend}
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(title)}">
${axis.ticks.map((tick) => `<line class="grid" x1="${at(axis.at(tick))}" x2="${at(axis.at(tick))}" y1="${top}" y2="${top + plotHeight}"/><text class="tick" x="${at(axis.at(tick))}" y="${top + plotHeight + 17}" text-anchor="middle">${escape(shown(tick))}</text>`).join('\n')}
${bodies.join('\n')}
${goal === undefined ? '' : goalOf(goal, { axis, bottom: top + plotHeight })}
</svg></figure>`
}

interface Place {
  readonly y: number
  readonly height: number
  readonly axis: Axis
  readonly series: readonly string[]
  readonly unit: string
}

function groupOf({ label, values }: BarChart['groups'][number], { y, height, axis, series, unit }: Place): string {
  const bars = values.map((value, index) => {
    const barTop = y + index * (barHeight + barGap)
    if (value === null || !Number.isFinite(value)) return `<text class="value none" x="${labelWidth + 5}" y="${at(barTop + barHeight - 3)}">not measured</text>`
    const end = Math.max(axis.at(value), labelWidth + 1.5)
    const hint = `${label}${series.length > 1 ? `, ${series[index] ?? ''}` : ''}: ${shown(value)} ${unit}`
    return `<rect class="bar s${index}" x="${labelWidth}" y="${at(barTop)}" width="${at(end - labelWidth)}" height="${barHeight}" rx="2"><title>${escape(hint)}</title></rect><text class="value" x="${at(end + 5)}" y="${at(barTop + barHeight - 3)}">${escape(shown(value))}</text>`
  })
  return `<text class="label" x="${labelWidth - 10}" y="${at(y + height / 2 + 4)}" text-anchor="end">${escape(label)}</text>${bars.join('')}`
}

function goalOf({ value, label }: NonNullable<BarChart['goal']>, { axis, bottom }: { readonly axis: Axis; readonly bottom: number }): string {
  const x = axis.at(value)
  // Near the right edge its words would be cut off.
  const anchor = x > width * 0.72 ? 'end' : x < width * 0.42 ? 'start' : 'middle'
  return `<line class="goal" x1="${at(x)}" x2="${at(x)}" y1="${top - 6}" y2="${bottom}"/><text class="goal-label" x="${at(x)}" y="${top - 12}" text-anchor="${anchor}">${escape(label)}</text>`
}

function legendOf(series: readonly string[]): string {
  return `<ul class="legend">${series.map((name, index) => `<li><i class="s${index}"></i>${escape(name)}</li>`).join('')}</ul>`
}

function at(value: number): string {
  return value.toFixed(1)
}
