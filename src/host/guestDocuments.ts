/** The documents of a session in; those that one guest knows, and `context`, brought into it once, out. */
import type { HostMessage } from '../protocol.ts'
import type { Documents } from './context/documents.ts'
import type { Sandbox } from './sandbox.ts'

export interface GuestDocumentsOptions {
  readonly sandbox: Sandbox
  readonly documents: Documents
  /** Largest `context` it can hold. */
  readonly contextLimitBytes: number
}

export class GuestDocuments {
  readonly #options: GuestDocumentsOptions
  /** Documents that it knows. */
  #count = 0
  #isContextSent = false

  constructor(options: GuestDocumentsOptions) {
    this.#options = options
  }

  /** It knows `count` documents from now on; gives those from `from` on, as it is told of them. */
  tell(count: number, from = 0): Pick<Extract<HostMessage, { type: 'docs' }>, 'docs' | 'context'> {
    const { documents, contextLimitBytes } = this.#options
    this.#count = count
    const docs = documents.list.slice(from, count).map(({ name, bytes }) => ({ name, bytes }))
    return { docs, context: documents.contextKind(contextLimitBytes, count) }
  }

  /** Makes documents known that were loaded meanwhile, up to `count` in all; `context` is brought in anew. */
  async add(count: number): Promise<void> {
    const { sandbox } = this.#options
    this.#isContextSent = false
    sandbox.keepAlive(true)
    try {
      await sandbox.addDocs(this.tell(count, this.#count))
    } finally {
      sandbox.keepAlive(false)
    }
  }

  /** Brings `context` into the guest, once; before the first cell that may read it. */
  async sendContext(): Promise<void> {
    if (this.#isContextSent) return
    const { sandbox, documents } = this.#options
    this.#isContextSent = true
    sandbox.keepAlive(true)
    try {
      const count = this.#count
      for (let index = 0; index < count; index++) {
        const { bytes, blocks } = await documents.readAll(index)
        await sandbox.sendContext({ index, bytes, last: index === count - 1, blocks })
      }
    } catch (error) {
      // The next cell may try again: the file may be as it was by then.
      this.#isContextSent = false
      sandbox.keepAlive(false)
      throw error
    }
  }
}
