/** Values and a stretch of pixels in; where each value lies on it, and round values to mark, out. */
export interface Axis {
  readonly at: (value: number) => number
  readonly ticks: readonly number[]
}

export interface AxisOptions {
  readonly values: readonly number[]
  readonly scale: 'linear' | 'log'
  readonly from: number
  readonly to: number
}

export function createAxis({ values, scale, from, to }: AxisOptions): Axis {
  const positive = values.filter((value) => Number.isFinite(value) && value > 0)
  const most = Math.max(...positive, Number.MIN_VALUE)
  if (positive.length === 0) return { at: () => from, ticks: [0] }
  return scale === 'log' ? logAxis(Math.min(...positive), most, from, to) : linearAxis(most, from, to)
}

function linearAxis(most: number, from: number, to: number): Axis {
  const step = roundStep(most / 5)
  const ticks = Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, index) => index * step)
  return { at: (value) => from + (Math.max(0, value) / most) * (to - from), ticks }
}

/** Begins a little below the least: a bar of no length would look like none. */
function logAxis(least: number, most: number, from: number, to: number): Axis {
  const low = Math.log10(least / 1.5)
  const high = Math.log10(Math.max(most, least * 2))
  const marks = high - low > 2.5 ? [1] : high - low > 1.2 ? [1, 3] : [1, 1.5, 2, 3, 5, 7]
  const ticks: number[] = []
  for (let power = Math.floor(low); power <= high; power++) {
    for (const mark of marks) {
      const tick = mark * 10 ** power
      if (Math.log10(tick) >= low && Math.log10(tick) <= high) ticks.push(tick)
    }
  }
  return { at: (value) => from + ((Math.log10(Math.max(value, 10 ** low)) - low) / (high - low)) * (to - from), ticks }
}

/** The next of 1, 2, 5, 10, … from there up. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  return power * ([1, 2, 5].find((mark) => mark * power >= least) ?? 10)
}
