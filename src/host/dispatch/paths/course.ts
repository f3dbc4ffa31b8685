/** How busy the host's loop is and what attempts of one load take in; whether the next ones go to threads, out. */

type Way = 'async' | 'pool'

/**
 * Where a model's attempts are: at `home` on the loop; on `trial` in threads; in a `check` on the loop again, as whatever runs for the first time is slow and a machine has slow
 * moments, so that what came first looks worse than it is; or `moved` to the threads.
 */
type Stage = 'home' | 'trial' | 'check' | 'moved'

/** The loop may be in the way when it is busy for this share of its time: whatever comes meanwhile waits for it. */
const busyShare = 1 / 3

/** It is out of the way again below this share. */
const calmShare = 1 / 6

/** So many looks in a row, before threads are started for it; and before attempts come back from them. */
const busyLooks = 5
const calmLooks = 20

/** Threads have to be faster by this share: below that they only cost CPU, and machines vary by as much from one moment to the next. */
const gainShare = 0.1

/** Attempts that are compared, at the least; and as many as are under way, as those wait for each other; and for so long, in milliseconds. */
const fewest = 64
const shortestMs = 200

/** Attempts that are left out at the beginning of a trial and of a check, or as many as are under way: they make the connections, and share the machine with those on the other way. */
const leftOut = 32

/** For so long a finding holds, in milliseconds; for twice as long if the next one is the same; and for so many times as long as it took, as the worse way is gone meanwhile. */
const firstGapMs = 10_000
const longestGapMs = 60_000
const gapPerTrial = 15

/** A finding is of as many at once as there were then, up to so many times as many or as few. */
const likeness = 4

/** After so long without a question, in milliseconds, the next one starts on the loop again: batches that follow each other are one load. */
const restMs = 10_000

/** Attempts that ended, and their shares of the time, in milliseconds. */
interface Times {
  count: number
  ms: number
}

/** One attempt under way. */
interface Flight {
  readonly way: Way
  /** {@link Course.#shareMs} then. */
  readonly startMs: number
  /** In which stage it was started. */
  readonly leg: number
}

/**
 * The attempts of one load (of a model, whole or in pieces) start on the loop. While that is busy, what they take there is measured, with all that they wait for the loop; then threads are made ready, and attempts
 * are tried there, and on the loop once more. Where they take clearly less time in threads than both before and after, they stay there until the loop has time again or the
 * finding is old; where not, they stay on the loop, and threads are tried again much later: on a machine with no processor to spare, or with replies that are small, threads gain
 * nothing however busy the loop is.
 */
export class Course {
  readonly #prepare: () => Promise<void>
  #stage: Stage = 'home'
  #inFlight = 0
  /** Most at once since the last rest. */
  #peak = 0
  #restedMs = 0
  /**
   * What an attempt that began with the first would have had by now, if all under way have an equal share of the time. What an attempt gets of it is what it takes of the machine,
   * whether many are under way or few, as where a batch begins and ends; of all of them it is the time that passed.
   */
  #shareMs = 0
  #sharedMs = 0
  /** Whether threads were found to be faster; undefined before that was tried. */
  #gains: boolean | undefined
  #isWarm = false
  #isWarming = false
  #busy = 0
  #calm = 0
  #leg = 0
  #loop: Times = { count: 0, ms: 0 }
  #threads: Times = { count: 0, ms: 0 }
  #toLeaveOut = 0
  /** Most at once since the last look; those at the finding, and looks in a row at which they were far from that. */
  #most = 0
  #foundMost = 0
  #far = 0
  /** When the finding is old. */
  #nextTrialMs = -Infinity
  #trialMs = 0
  #gapMs = firstGapMs

  constructor(prepare: () => Promise<void>) {
    this.#prepare = prepare
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** Where the next attempt goes. */
  way(nowMs: number): Way {
    if (this.#inFlight === 0 && nowMs - this.#restedMs > restMs) {
      this.#peak = 0
      this.#turn('home')
    }
    return this.#stage === 'trial' || this.#stage === 'moved' ? 'pool' : 'async'
  }

  start(way: Way, nowMs: number): Flight {
    this.#share(nowMs)
    this.#inFlight += 1
    if (this.#inFlight > this.#peak) this.#peak = this.#inFlight
    if (this.#inFlight > this.#most) this.#most = this.#inFlight
    return { way, startMs: this.#shareMs, leg: this.#leg }
  }

  end({ way, startMs, leg }: Flight, nowMs: number): void {
    this.#share(nowMs)
    this.#inFlight -= 1
    if (this.#inFlight === 0) this.#restedMs = nowMs
    if (leg !== this.#leg || this.#stage === 'moved' || (this.#stage === 'home' && this.#busy === 0)) return
    if (this.#toLeaveOut > 0) this.#toLeaveOut -= 1
    else count(way === 'async' ? this.#loop : this.#threads, this.#shareMs - startMs)
    if (this.#stage !== 'home') this.#judge(nowMs)
  }

  #share(nowMs: number): void {
    if (this.#inFlight > 0) this.#shareMs += (nowMs - this.#sharedMs) / this.#inFlight
    this.#sharedMs = nowMs
  }

  /** A look at the loop: the share of its time in which it was busy. */
  observe(share: number, nowMs: number): void {
    this.#busy = share >= busyShare ? this.#busy + 1 : 0
    this.#calm = share < calmShare ? this.#calm + 1 : 0
    this.#compare()
    const isOld = nowMs >= this.#nextTrialMs
    if (this.#stage !== 'home') {
      if (this.#calm >= calmLooks || (this.#stage === 'moved' && isOld)) this.#turn('home')
      return
    }
    if (this.#busy === 0) this.#loop = { count: 0, ms: 0 }
    const isKnownToGain = this.#gains === true && !isOld && this.#far === 0
    // What is known to gain is done at once.
    if (this.#busy === 0 || (!isKnownToGain && (this.#busy < busyLooks || !isOld))) return
    if (this.#isWarm) this.#leave(isKnownToGain ? 'moved' : 'trial', nowMs)
    else if (!this.#isWarming) void this.#warm(nowMs)
  }

  /** A finding does not hold where far more or fewer are under way: it is another load. */
  #compare(): void {
    const isFar = this.#gains !== undefined && (this.#most > this.#foundMost * likeness || this.#most * likeness < this.#foundMost)
    this.#most = this.#inFlight
    this.#far = isFar ? this.#far + 1 : 0
    if (this.#far < busyLooks) return
    this.#far = 0
    this.#gains = undefined
    this.#nextTrialMs = -Infinity
  }

  async #warm(nowMs: number): Promise<void> {
    this.#isWarming = true
    try {
      await this.#prepare()
      this.#isWarm = true
      if (this.#busy > 0 && this.#inFlight > 0) this.#leave('trial', nowMs)
    } catch {
      // Threads that cannot start are a reason to stay on the loop, not to fail a question.
      this.#hold(false, nowMs)
    } finally {
      this.#isWarming = false
    }
  }

  #leave(stage: 'trial' | 'moved', nowMs: number): void {
    this.#threads = { count: 0, ms: 0 }
    this.#trialMs = nowMs
    this.#turn(stage)
  }

  #judge(nowMs: number): void {
    const judged = this.#stage === 'trial' ? this.#threads : this.#loop
    if (judged.count < Math.max(fewest, this.#peak) || judged.ms < shortestMs) return
    // Where few were answered on the loop before the trial, only the check can tell.
    const gains = this.#loop.count < fewest / 2 || mean(this.#threads) < mean(this.#loop) * (1 - gainShare)
    if (gains && this.#stage === 'trial') return this.#turn('check')
    this.#hold(gains, nowMs)
    this.#turn(gains ? 'moved' : 'home')
  }

  /** Until it is old, the finding is not looked into again. */
  #hold(gains: boolean, nowMs: number): void {
    this.#gapMs = gains === this.#gains ? Math.min(this.#gapMs * 2, longestGapMs) : firstGapMs
    this.#gains = gains
    this.#foundMost = Math.max(1, this.#most)
    this.#far = 0
    this.#nextTrialMs = nowMs + Math.max(this.#gapMs, gapPerTrial * (nowMs - this.#trialMs))
  }

  #turn(stage: Stage): void {
    this.#stage = stage
    this.#leg += 1
    this.#busy = 0
    this.#calm = 0
    this.#toLeaveOut = stage === 'home' ? 0 : Math.max(leftOut, this.#peak)
    if (stage === 'home' || stage === 'check') this.#loop = { count: 0, ms: 0 }
  }
}

function count(times: Times, ms: number): void {
  times.count += 1
  times.ms += ms
}

function mean({ count: attempts, ms }: Times): number {
  return ms / attempts
}
