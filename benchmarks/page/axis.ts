/** Values in; where each lies between the ends of their axis, and round values to mark, out. */
export interface Axis {
  /** From 0 to 1. */
  readonly at: (value: number) => number
  readonly ticks: readonly Tick[]
}

export interface Tick {
  readonly value: number
  /** May be left out where there is little room. */
  readonly isMinor: boolean
}

export function createAxis({ values, scale }: { readonly values: readonly number[]; readonly scale: 'linear' | 'log' }): Axis {
  const positive = values.filter((value) => Number.isFinite(value) && value > 0)
  if (positive.length === 0) return { at: () => 0, ticks: [{ value: 0, isMinor: false }] }
  const most = Math.max(...positive)
  return scale === 'log' ? logAxis(Math.min(...positive), most) : linearAxis(most)
}

function linearAxis(most: number): Axis {
  const step = roundStep(most / 5)
  const ticks = Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, index) => ({ value: index * step, isMinor: index % 2 === 1 }))
  return { at: (value) => Math.max(0, value) / most, ticks }
}

/** Begins a little below the least, so that this one is seen to be there. */
function logAxis(least: number, most: number): Axis {
  const low = Math.log10(least / 1.5)
  const high = Math.log10(Math.max(most, least * 2))
  const marks = high - low > 2.5 ? [1] : high - low > 1.2 ? [1, 3] : [1, 2, 5]
  const ticks: Tick[] = []
  for (let power = Math.floor(low); power <= high; power++) {
    for (const mark of marks) {
      const value = mark * 10 ** power
      if (Math.log10(value) >= low && Math.log10(value) <= high) ticks.push({ value, isMinor: high - low > 1.2 ? mark !== 1 : mark === 2 })
    }
  }
  return { at: (value) => (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low), ticks }
}

/** The next of 1, 2, 5, 10, … from there up. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  return power * ([1, 2, 5].find((mark) => mark * power >= least) ?? 10)
}
