/** Answers and refusals of a server that says nothing of its limits in; how many questions it takes at once, and how fast, out. */

/** What is kept of the load at which the server refused. */
const keptShare = 0.85

/** The load never falls below this share of itself by one refusal, except by the first one, which follows a guess. */
const leastShare = 0.6

/** How long it takes to come back to the load at which the server refused: at the least and at the most, in milliseconds; in answers' times, or in the times between answers. */
const recoveryMs = 5_000
const slowestRecoveryMs = 60_000
const recoveryAnswers = 20

/** How long it takes to double the load after the first refusal, until the second. */
const doublingMs = 1_000
const doublingAnswers = 2

/** The same while refusals are tried to be taken as they come, at the least. */
const trialDoublingMs = 250

/** Refusals are sparse up to this share of the last {@link remembered} outcomes: then only the pause answers them. Servers refuse now and then whatever the load. */
const sparseShare = 0.05
const remembered = 50

/**
 * Refusals that come as often at half the ceiling or less, over this many outcomes, seem not to come from the load: then it is raised again, step by step, and they are
 * taken as they come. If that brings many more of them, it was the load after all, and the next trial is twice as far away.
 */
const trialOutcomes = 60
const tolerableShare = 0.3
const deniedShare = 0.45
/** So many refusals in a row deny it as well, and a quarter of those under way: refusals come sooner than answers. */
const deniedInRow = 6
const firstTrialMs = 30_000

/** Questions are sent a little faster than they are answered, so that the bound on those under way is what binds where times vary. */
const spacing = 0.8

/** Time of sends that a late timer may catch up on, in milliseconds, or as a share of an answer's time. */
const catchUpMs = 20
const catchUpShare = 0.25

/** Slowest pace, in milliseconds from one send to the next. */
const slowestMs = 10_000

/** One period between refusals. */
interface Epoch {
  /** When it began. */
  readonly atMs: number
  /** Sends up to this number belong to the load before: their refusals say nothing of the one since. */
  readonly mark: number
  /** Load when it began, what the server answered before (as a load), questions under way then, and those of them that were refused. */
  readonly load: number
  readonly answered: number
  readonly inFlight: number
  refused: number
  /** The load that the server can take, as it seems. */
  top: number
  resumeMs: number
  /** How long it takes to come back to its top, in milliseconds. */
  readonly recoveryMs: number
  readonly isFirst: boolean
}

/**
 * One number, the load, bounds the questions under way, and their pace is that many per answer's time: so it holds for servers that limit rates, and for servers that
 * limit what they do at once. Below 1, it is one at a time, with pauses.
 *
 * A refusal brings the load to what was under way without being refused. It comes back along a cubic curve, as in TCP CUBIC (RFC 9438): fast at first, slow around the
 * load of the last refusal, fast again beyond it. So it stays close to the limit with few refusals, and finds a limit that was raised tenfold in five recovery times.
 * The parameters were chosen by the simulation in the tests.
 */
export class Throttle {
  readonly #ceiling: number
  #epoch: Epoch | undefined
  #sends = 0
  #answerMs = 0
  #refusedShare = 0
  #isTolerant = false
  #nextTrialMs = -Infinity
  #trialMs = firstTrialMs
  /** Outcomes and refusals since the load was raised over half of the ceiling. */
  #outcomesBelow = 0
  #refusedBelow = 0
  #refusedInRow = 0
  /** Answers, those of the last {@link rateMs} counted, and when they were last. */
  #answers = 0
  #answeredMs = 0
  #firstMs: number | undefined
  #answersInEpoch = 0
  #nextMs = -Infinity
  #recoveryMs = recoveryMs

  constructor(ceiling: number) {
    this.#ceiling = ceiling
  }

  /** Whether refusals seem to come whatever the load: then pauses do not help either. */
  get isTolerant(): boolean {
    return this.#isTolerant
  }

  /** Most questions under way at once, from 1 to the ceiling. */
  limit(nowMs: number): number {
    return this.#epoch === undefined ? this.#ceiling : Math.max(1, Math.floor(this.#load(nowMs)))
  }

  /** Milliseconds until the next question may be sent. */
  waitMs(nowMs: number): number {
    return this.#epoch === undefined ? 0 : Math.max(0, this.#nextMs - nowMs)
  }

  /** Counts a send; gives its number. */
  send(nowMs: number): number {
    if (this.#epoch !== undefined) {
      const load = this.#load(nowMs)
      // One at a time, the pace is all that binds.
      const paceMs = Math.min(slowestMs, ((load > 1 ? spacing : 1) * this.#answerMs) / load)
      this.#nextMs = Math.max(this.#nextMs, nowMs - Math.max(catchUpMs, catchUpShare * this.#answerMs)) + paceMs
    }
    this.#sends += 1
    this.#firstMs ??= nowMs
    return this.#sends
  }

  answered(answerMs: number, nowMs: number): void {
    this.#answers = this.#answersAt(nowMs) + 1
    this.#answeredMs = nowMs
    this.#answersInEpoch += 1
    this.#outcomesBelow += 1
    this.#refusedInRow = 0
    this.#refusedShare -= this.#refusedShare / remembered
    this.#answerMs = this.#answerMs === 0 ? answerMs : this.#answerMs + (answerMs - this.#answerMs) / 16
  }

  /** `inFlight` counts the refused one as well. Nothing is sent before `resumeMs`. */
  refused(send: number, { nowMs, inFlight, resumeMs }: { readonly nowMs: number; readonly inFlight: number; readonly resumeMs: number }): void {
    this.#refusedShare += (1 - this.#refusedShare) / remembered
    this.#outcomesBelow += 1
    this.#refusedBelow += 1
    this.#refusedInRow += 1
    if (this.#isTolerant) {
      if (this.#refusedShare < deniedShare && this.#refusedInRow < deniedInRow + inFlight / 4) return
      this.#isTolerant = false
      this.#nextTrialMs = nowMs + this.#trialMs
      this.#trialMs *= 2
      return this.#begin(this.#epoch, { nowMs, inFlight, resumeMs, load: this.#epoch?.load ?? this.#ceiling })
    }
    const known = this.#epoch
    if (known !== undefined && send <= known.mark) {
      // Refusals of the same burst: the more there are, the less the server had taken.
      known.refused += 1
      known.resumeMs = Math.max(known.resumeMs, resumeMs)
      known.top = topOf(known)
      return
    }
    // Without an answer since the last time, it is as closed as it was: that says nothing of the load.
    if (known !== undefined && this.#answersInEpoch === 0) {
      known.resumeMs = Math.max(known.resumeMs, resumeMs)
      return
    }
    if (this.#refusedShare < sparseShare) return
    const load = Math.min(this.#load(nowMs), this.#ceiling)
    if (load > this.#ceiling / 2) {
      this.#outcomesBelow = 0
      this.#refusedBelow = 0
    } else if (nowMs >= this.#nextTrialMs && this.#outcomesBelow >= trialOutcomes && this.#refusedBelow / this.#outcomesBelow < tolerableShare) {
      this.#isTolerant = true
      this.#refusedInRow = 0
      this.#refusedShare = this.#refusedBelow / this.#outcomesBelow
      // Raised step by step: if it is the load after all, few are refused before that shows.
      this.#epoch = { atMs: nowMs, mark: this.#sends, load, answered: 0, inFlight, refused: 0, top: load / keptShare, resumeMs: nowMs, recoveryMs: this.#recoveryMs, isFirst: true }
      return
    }
    this.#begin(known, { nowMs, inFlight, resumeMs, load })
  }

  /** Begins the next epoch. */
  #begin(known: Epoch | undefined, { nowMs, inFlight, resumeMs, load }: { readonly nowMs: number; readonly inFlight: number; readonly resumeMs: number; readonly load: number }): void {
    const elapsedMs = nowMs - (this.#firstMs ?? nowMs)
    const perMs = elapsedMs === 0 ? 0 : this.#answersAt(nowMs) / (this.#rateMs * (1 - Math.exp(-elapsedMs / this.#rateMs)))
    const answered = perMs * this.#answerMs
    const sinceMs = known === undefined ? 0 : nowMs - known.atMs
    const interval = known === undefined || this.#answersInEpoch === 0 ? 0 : sinceMs / this.#answersInEpoch
    this.#recoveryMs = Math.min(slowestRecoveryMs, Math.max(recoveryMs, recoveryAnswers * this.#answerMs, recoveryAnswers * interval))
    this.#answersInEpoch = 0
    const epoch: Epoch = { atMs: nowMs, mark: this.#sends, load, answered, inFlight, refused: 1, top: 0, resumeMs, recoveryMs: this.#recoveryMs, isFirst: known === undefined }
    epoch.top = topOf(epoch)
    this.#epoch = epoch
    this.#nextMs = resumeMs
  }

  get #rateMs(): number {
    return Math.max(this.#recoveryMs, recoveryAnswers * this.#answerMs) / 2
  }

  #answersAt(nowMs: number): number {
    return this.#answers * Math.exp(-(nowMs - this.#answeredMs) / this.#rateMs)
  }

  #load(nowMs: number): number {
    const epoch = this.#epoch
    if (epoch === undefined) return this.#ceiling
    const elapsedMs = Math.max(0, nowMs - epoch.resumeMs)
    const load = epoch.isFirst ? this.#doubled(epoch, elapsedMs) : this.#cubic(epoch, elapsedMs)
    if (load < this.#ceiling) return load
    this.#epoch = undefined
    return this.#ceiling
  }

  #doubled({ top }: Epoch, elapsedMs: number): number {
    return keptShare * top * 2 ** (elapsedMs / Math.max(this.#isTolerant ? trialDoublingMs : doublingMs, doublingAnswers * this.#answerMs))
  }

  #cubic({ top, recoveryMs }: Epoch, elapsedMs: number): number {
    const time = elapsedMs / Math.max(recoveryMs, recoveryAnswers * this.#answerMs)
    return top * (1 + (1 - keptShare) * (time - 1) ** 3)
  }
}

function topOf({ isFirst, load, answered, inFlight, refused }: Epoch): number {
  const taken = inFlight - refused
  return isFirst ? Math.max(1, taken) : Math.min(Math.max(taken, answered, leastShare * load), load)
}
