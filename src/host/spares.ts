/** Requests for a sandbox in; a warm one, or one as fast as this machine makes it, out. */
import { ReplmError } from '../errors.ts'
import { type Containment, type Place, placeHere, planLaunch } from './launch.ts'
import { Sandbox } from './sandbox.ts'

/** A spare is made this long after the last one was taken, in milliseconds: not while a session is busy with its start, nor for a script that is over by then. */
const restockMs = 400

/** Keeps one sandbox ready for the next session, and for the next death. */
export class Spares {
  readonly #required: boolean
  readonly #isKept: boolean
  readonly #here = placeHere()
  #level: Containment
  #spare: Sandbox | undefined
  #restock: NodeJS.Timeout | undefined
  #isClosed = false

  /** Without `spare` a sandbox is only started when one is taken. */
  constructor({ containment, spare }: { readonly containment: 'best effort' | 'required'; readonly spare: boolean }) {
    this.#required = containment === 'required'
    this.#isKept = spare
    this.#level = process.platform === 'linux' ? 'contained' : 'best effort'
    this.#stock()
  }

  /** The level that sandboxes are started at. */
  get containment(): Containment {
    return this.#level
  }

  /** A sandbox that is ready: the spare, or for another place than this process's one that is started now. Rejects with CONFIG where containment is required and cannot be had. */
  async take(place: Place = this.#here): Promise<Sandbox> {
    const sandbox = await this.#ready(place)
    clearTimeout(this.#restock)
    if (this.#isKept) this.#restock = setTimeout(() => this.#stock(), restockMs).unref()
    return sandbox
  }

  /** Rejects with CONFIG where containment is required and cannot be had; without that it costs nothing. */
  async check(): Promise<void> {
    if (this.#required) this.#spare = await this.#ready()
    this.#spare?.keepAlive(false)
  }

  async #ready(place = this.#here): Promise<Sandbox> {
    if (this.#isClosed) throw new ReplmError('DISPOSED', 'replm is closed')
    const isHere = place.timeZone === this.#here.timeZone && place.locale === this.#here.locale
    const spare = isHere && this.#spare?.isAlive === true ? this.#spare : this.#start(place)
    if (isHere) this.#spare = undefined
    spare.keepAlive(true)
    try {
      await spare.ready
      return spare
    } catch (error) {
      // Namespaces may be forbidden where bubblewrap is installed: that shows when the first sandbox dies of it.
      const why = spare.containment === 'contained' ? bubblewrapFault(error) : null
      if (why === null) throw error
      const next = this.#level === 'contained' ? this.#startBelow(why, place) : this.#start(place)
      await next.ready
      return next
    }
  }

  /** Resolves when the spare is certain to end. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#restock)
    const spare = this.#spare
    this.#spare = undefined
    await spare?.kill(new ReplmError('DISPOSED', 'replm was closed'))
  }

  #stock(): void {
    if (!this.#isKept || this.#isClosed || this.#spare?.isAlive === true) return
    try {
      this.#spare = this.#start(this.#here)
    } catch {
      return // Whoever takes a sandbox next hears why there is none.
    }
    this.#spare.keepAlive(false)
  }

  #start(place: Place): Sandbox {
    const launch = this.#level === 'contained' ? planLaunch('contained', { place }) : null
    if (launch !== null) return new Sandbox(launch)
    return this.#startBelow(process.platform === 'linux' ? 'bubblewrap is not installed' : 'that takes Linux with bubblewrap', place)
  }

  /** The next level down, where the person allows it. */
  #startBelow(why: string, place: Place): Sandbox {
    if (this.#required) {
      throw new ReplmError('CONFIG', `The sandbox cannot be contained here: ${why}. Install bubblewrap and allow user namespaces, or open replm with \`containment: 'best effort'\``)
    }
    this.#level = 'best effort'
    const launch = planLaunch('best effort', { place })
    if (launch === null) throw new ReplmError('CRASHED', 'The sandbox cannot be started on this platform')
    return new Sandbox(launch)
  }
}

/** What bubblewrap itself complained of, null when it was not what failed. */
function bubblewrapFault(error: unknown): string | null {
  const cause = error instanceof ReplmError && typeof error.cause === 'string' ? error.cause : ''
  return /^bwrap: (.*)$/m.exec(cause)?.[1] ?? null
}
