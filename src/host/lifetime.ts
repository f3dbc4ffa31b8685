/** That a session was closed, or cannot be written any more, in; the error for whoever uses it all the same out. */
import { ReplmError } from '../errors.ts'

export class Lifetime {
  #isDisposed = false
  #fault: ReplmError | undefined

  get isDisposed(): boolean {
    return this.#isDisposed
  }

  /** Why nothing can be written any more. */
  get fault(): ReplmError | undefined {
    return this.#fault
  }

  dispose(): void {
    this.#isDisposed = true
  }

  fail(error: ReplmError): void {
    this.#fault = error
  }

  /** Throws DISPOSED where it is closed. */
  checkOpen(): void {
    if (this.#isDisposed) throw new ReplmError('DISPOSED', 'The session is closed')
  }

  /** Throws DISPOSED, or why nothing can be written any more. */
  checkUsable(): void {
    this.checkOpen()
    if (this.#fault !== undefined) throw this.#fault
  }
}
