/** Turns of the guest in; how long they ran, and how long the next may, out. */

/** Running time of guest code, cell by cell. All guest code runs inside turns, so their sum is the cell's whole. */
export class CpuMeter {
  #limitMs = 0
  #usedMs = 0

  /** Starts a new cell's account. */
  start(limitMs: number): void {
    this.#limitMs = limitMs
    this.#usedMs = 0
  }

  get usedMs(): number {
    return this.#usedMs
  }

  get limitMs(): number {
    return this.#limitMs
  }

  /** Runs one turn and counts it, also when it throws. It may take what is left, but always `leastMs`, a whole number from 1 up: isolated-vm takes 0 for "no limit". */
  count(turn: (timeoutMs: number) => void, leastMs: number): void {
    const start = performance.now()
    try {
      turn(Math.max(leastMs, Math.ceil(this.#limitMs - this.#usedMs)))
    } finally {
      this.#usedMs += performance.now() - start
    }
  }
}
