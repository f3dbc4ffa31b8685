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

  /** Whole milliseconds the next turn may take: at least 1, as isolated-vm takes 0 for "no limit". */
  get nextTurnMs(): number {
    return Math.max(1, Math.ceil(this.#limitMs - this.#usedMs))
  }

  /** Runs one turn and counts it, also when it throws. */
  count(turn: (timeoutMs: number) => void): void {
    const start = performance.now()
    try {
      turn(this.nextTurnMs)
    } finally {
      this.#usedMs += performance.now() - start
    }
  }
}
