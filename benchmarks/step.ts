/** What a scenario is at, in words, in; told to whoever shows it, out. Imports nothing. */
let listener: (step: string) => void = () => undefined

/** From now on. */
export function onStep(show: (step: string) => void): void {
  listener = show
}

/** As 'N=500 C=64 L=50', or 'round 3 of 7'. */
export function tellStep(step: string): void {
  listener(step)
}
