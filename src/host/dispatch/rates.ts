/** Reports of a server's limits in; whether the next question may be sent, out. */
import type { ProviderQuery, RateReport } from '../../types.ts'
import { Allowance } from './allowance.ts'

/** What was sent, for the report that comes with its answer. */
export interface Sending {
  readonly sentMs: number
  readonly requestMark: number
  readonly tokenMark: number
  readonly tokens: number
}

/** UTF-16 units per token: an estimate, corrected by what the server counts. */
const unitsPerToken = 4

/** Tokens expected of a reply before any was seen. */
const firstReplyTokens = 256

/** Replies are hardly ever longer: what one says beyond that must not hold up those after it. */
const longestReplyTokens = 131_072

/** Requests and tokens per minute, or whatever time, of one model. */
export class Rates {
  readonly #requests = new Allowance()
  readonly #tokens = new Allowance()
  readonly #underWay = new Set<Sending>()
  #replyTokens = firstReplyTokens

  /** Whether the server says what it allows. */
  get areKnown(): boolean {
    return this.#requests.isKnown || this.#tokens.isKnown
  }

  send(query: ProviderQuery, nowMs: number): Sending {
    const tokens = this.#tokensOf(query)
    const sending = { sentMs: nowMs, requestMark: this.#requests.send(1), tokenMark: this.#tokens.send(tokens), tokens }
    this.#underWay.add(sending)
    return sending
  }

  report({ requests, tokens }: RateReport, { sentMs, requestMark, tokenMark }: Sending, nowMs: number): void {
    let requestsAhead = 0
    let tokensAhead = 0
    for (const other of this.#underWay) {
      // In the order in which they were sent.
      if (other.requestMark >= requestMark) break
      requestsAhead += 1
      tokensAhead += other.tokens
    }
    if (requests !== undefined) this.#requests.report(requests, { nowMs, sentMs, mark: requestMark, ahead: requestsAhead })
    if (tokens !== undefined) this.#tokens.report(tokens, { nowMs, sentMs, mark: tokenMark, ahead: tokensAhead })
  }

  /** A request ended, after its report if it brought one. */
  land(sending: Sending): void {
    this.#underWay.delete(sending)
  }

  /** The server refused without saying more: nothing is left of its requests, whatever the model says. */
  exhausted(): void {
    this.#requests.exhausted()
  }

  /** What replies take, for the next estimate. */
  answered(outputTokens: number): void {
    this.#replyTokens += (Math.min(outputTokens, longestReplyTokens) - this.#replyTokens) / 16
  }

  /** Milliseconds until this question may be sent; Infinity when only another report can tell. */
  waitMs(query: ProviderQuery, nowMs: number): number {
    const wait = this.#requests.waitMs(1, nowMs)
    return this.#tokens.isKnown ? Math.max(wait, this.#tokens.waitMs(this.#tokensOf(query), nowMs)) : wait
  }

  #tokensOf({ prompt, system, maxTokens }: ProviderQuery): number {
    const reply = maxTokens === undefined ? this.#replyTokens : Math.min(maxTokens, this.#replyTokens)
    return Math.ceil((prompt.length + (system?.length ?? 0)) / unitsPerToken + reply)
  }
}
