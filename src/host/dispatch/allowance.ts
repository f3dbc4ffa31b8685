/** What a server says is left of one of its limits, and what is sent, in; how long the next one has to wait, out. */
import type { RateWindow } from '../../types.ts'

/** A report, and the request it came with. */
interface Reported {
  readonly nowMs: number
  readonly sentMs: number
  /** What {@link Allowance.send} gave when it was sent. */
  readonly mark: number
  /** What was sent before it and is under way: connections that are being made overtake each other. */
  readonly ahead: number
}

/** Added to the end of a window, in milliseconds: headers are rounded, and nobody may come too early. */
const marginMs = 2

/** Votes that are remembered. */
const mostVotes = 3

/** Kept in a bucket: the server's count may be a fraction behind ours. */
const slack = 0.5

/** A wait longer than this is not the gate's to impose, in milliseconds: the server's own refusal says more. */
const longestWaitMs = 60_000

/**
 * A model of one limit (requests or tokens) as the server counts it.
 *
 * Reports come late and out of order, and it is not known whether those of the requests under way are in them. So the true level lies between what was reported,
 * less all that may have come later, and what was reported: the model counts for itself, and each report only moves it into that range.
 *
 * Limits come as buckets that fill steadily and as windows that are whole again all at once. Which one it is shows in the reports: the more is used of
 * a bucket, the later it is whole. Until that was seen it counts as a window, which is never too fast.
 */
export class Allowance {
  #level: number | undefined
  #limit: number | undefined
  /** Above 0 it is a bucket: one report may mislead, when latencies vary. */
  #votes = 0
  #perMs = 0
  #used = 0
  #resetMs = 0
  #wholeAtMs = -Infinity
  #filledMs = 0
  #sent = 0
  /** What had been sent when the window was last whole: older requests report of the window before. */
  #wholeMark = -1
  /** Of the last report. */
  #reportMark = 0
  #anchor: { readonly used: number; readonly wholeAtMs: number; readonly atMs: number } | undefined

  /** Whether the server has said anything that still holds. */
  get isKnown(): boolean {
    return this.#level !== undefined
  }

  /** Counts what is sent now; gives its mark. */
  send(amount: number): number {
    this.#sent += amount
    if (this.#level !== undefined) this.#level -= amount
    return this.#sent
  }

  /** Nothing is left, whatever was reported. */
  exhausted(): void {
    if (this.#level !== undefined) this.#level = Math.min(this.#level, 0)
  }

  report({ limit, remaining, resetMs }: RateWindow, { nowMs, sentMs, mark, ahead }: Reported): void {
    this.#fill(nowMs)
    if (this.#votes < 0 && mark <= this.#wholeMark) return
    this.#limit = Math.max(limit ?? this.#limit ?? 0, remaining)
    this.#learn(remaining, resetMs, nowMs)
    const lowest = remaining - (this.#sent - mark) - ahead
    const highest = remaining + (this.#isBucket ? this.#perMs * (nowMs - sentMs) : 0)
    this.#level = Math.min(Math.max(this.#level ?? -Infinity, lowest), Math.min(highest, this.#limit))
    this.#wholeAtMs = nowMs + resetMs
    this.#reportMark = mark
    this.#filledMs = nowMs
  }

  /** Milliseconds until `amount` may be sent; Infinity when only another report can tell. */
  waitMs(amount: number, nowMs: number): number {
    this.#fill(nowMs)
    if (this.#level === undefined) return 0
    // One that is larger than the limit itself is the server's to refuse.
    const needed = Math.min(this.#isBucket ? amount + slack : amount, this.#limit ?? amount)
    if (this.#level >= needed) return 0
    const whole = this.#wholeAtMs - nowMs + marginMs
    const wait = this.#isBucket ? Math.min((needed - this.#level) / this.#perMs, Math.max(whole, 0)) : whole
    return wait > 0 && wait <= longestWaitMs ? wait : Infinity
  }

  get #isBucket(): boolean {
    return this.#votes > 0 && this.#perMs > 0
  }

  #fill(nowMs: number): void {
    if (this.#level === undefined) return
    if (this.#isBucket) {
      this.#level = Math.min(this.#limit ?? Infinity, this.#level + this.#perMs * (nowMs - this.#filledMs))
      this.#filledMs = nowMs
    } else if (nowMs >= this.#wholeAtMs + marginMs) {
      // If it is a bucket after all, it is whole but for what was sent since that was said.
      this.#level = (this.#limit ?? 0) - (this.#votes < 0 ? 0 : this.#sent - this.#reportMark)
      // How long the next one lasts, its first report says.
      this.#wholeAtMs = Infinity
      this.#wholeMark = this.#sent
      this.#anchor = undefined
    }
  }

  #learn(remaining: number, resetMs: number, nowMs: number): void {
    const used = (this.#limit ?? remaining) - remaining
    const now = { used, wholeAtMs: nowMs + resetMs, atMs: nowMs }
    const anchor = this.#anchor
    if (anchor === undefined || used < anchor.used) {
      this.#anchor = now
    } else if (used >= 2 * anchor.used && used - anchor.used >= 2) {
      // A bucket is whole later by the time it takes to fill what was used since; a window is whole when it is.
      const asBucket = nowMs - anchor.atMs + (resetMs * (used - anchor.used)) / used
      const vote = now.wholeAtMs - anchor.wholeAtMs > asBucket / 2 ? 1 : -1
      this.#votes = Math.max(-mostVotes, Math.min(mostVotes, this.#votes + vote))
      this.#anchor = now
    }
    if (used < 1 || resetMs <= 0) return
    // What remains is rounded down: half of one less was used, on the average. Reports of much use weigh more.
    const weight = this.#used === 0 ? 1 : 1 / 8
    this.#used += (used - 0.5 - this.#used) * weight
    this.#resetMs += (resetMs - this.#resetMs) * weight
    this.#perMs = this.#used / this.#resetMs
  }
}
