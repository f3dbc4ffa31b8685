/** How a session is named, and what is asked of it, in; the session out: a new one, or the one that the journal has, taken over from whoever had it. */
import { randomUUIDv7 } from 'node:crypto'
import { ReplmError } from '../errors.ts'
import { resolveBudget } from '../options/budget.ts'
import { resolveLimits } from '../options/limits.ts'
import type { ResolvedReplmOptions } from '../options/replmOptions.ts'
import { type ResolvedSessionOptions, resolveSessionOptions } from '../options/sessionOptions.ts'
import type { BudgetLimits } from '../types.ts'
import { type Documents, openDocuments, type ReadingOptions } from './context/documents.ts'
import type { CellInput } from './jobs/jobInput.ts'
import type { Claim, Journal, SessionConfig } from './journal/journal.ts'
import type { Session } from './session.ts'
import { asChanged, changesOf, documentRecords, limitsOf, limitsRecord, newConfig, recordedContext } from './sessionConfig.ts'
import type { SessionParts } from './sessionParts.ts'

/** What a session is made of that depends on which one it is. */
export type OpenedSession = Pick<SessionParts, 'journal' | 'claim' | 'documents' | 'config' | 'executions' | 'changes' | 'limits'> & { readonly options: ResolvedSessionOptions; readonly budget: BudgetLimits }

export interface SessionOpenerParts extends Pick<ResolvedReplmOptions, 'model' | 'models'> {
  readonly openJournal: () => Promise<Journal>
  readonly session: (opened: OpenedSession) => Session
}

export class SessionOpener {
  readonly #parts: SessionOpenerParts

  constructor(parts: SessionOpenerParts) {
    this.#parts = parts
  }

  /** By its id or name where it has one; a name that nobody has is a new session's. Rejects with NOT_FOUND for an id that nobody has. */
  async open(options: ResolvedSessionOptions): Promise<Session> {
    const journal = await this.#parts.openJournal()
    const { id, name } = options
    const known = id === undefined && name === undefined ? undefined : await journal.find(id ?? name ?? '')
    if (id !== undefined && known === undefined) throw new ReplmError('NOT_FOUND', `There is no session ${id} in this store`)
    return known === undefined ? this.#create(journal, options) : this.#reopen(journal, known.id, options)
  }

  /** A job's session before the job has run. Rejects with IN_USE when it was made before. */
  async newOfJob(id: string, input: CellInput): Promise<Session> {
    const options = resolveSessionOptions({ args: input.args, limits: limitsOf(input.limits), budget: limitsOf(input.budget) })
    return this.#create(await this.#parts.openJournal(), options, { id, input })
  }

  /** A job's session, as the job left it; taken from whoever had it, as the job was. */
  async ofJob(id: string, input: CellInput): Promise<Session> {
    const journal = await this.#parts.openJournal()
    if ((await journal.find(id)) === undefined) {
      try {
        return await this.newOfJob(id, input)
      } catch (thrown) {
        // Made in between by whoever holds its documents, or by a worker before this one that did not know yet that it was replaced.
        if (!(thrown instanceof ReplmError) || thrown.code !== 'IN_USE') throw thrown
      }
    }
    return this.#reopen(journal, id, resolveSessionOptions({}), { replaces: true, keepsModel: true })
  }

  /** A session that lives on, as its cells have left it: whoever wakes it does not change who answers in it. */
  async living(id: string, { replaces = false }: { readonly replaces?: boolean }): Promise<Session> {
    const journal = await this.#parts.openJournal()
    if ((await journal.find(id)) === undefined) throw new ReplmError('NOT_FOUND', `There is no session ${id} in this store`)
    return this.#reopen(journal, id, resolveSessionOptions({}), { replaces, keepsModel: true })
  }

  async #create(journal: Journal, options: ResolvedSessionOptions, job?: { readonly id: string; readonly input: CellInput }): Promise<Session> {
    const documents = job === undefined ? await openDocuments(options.context ?? [], readingOf(options)) : await openDocuments(await recordedContext(job.input, journal), { ...readingOf(options), isFirstPlain: job.input.isFirstPlain, stdin: null })
    try {
      const id = job?.id ?? randomUUIDv7()
      const { isFirstPlain } = documents
      const { model, models } = this.#parts
      const rest = { model: job?.input.model ?? model ?? null, models: job?.input.models ?? models, seed: id, documents: await documentRecords(documents, journal), isFirstPlain }
      const config = { ...newConfig(options, rest), ...(job === undefined ? {} : { job: true as const }) }
      const claim = await journal.create({ id, name: options.name ?? null, parent: null, root: id, depth: 0, config })
      return this.#parts.session({ journal, claim, documents, config, options, executions: [], changes: [], limits: options.limits, budget: options.budget })
    } catch (error) {
      await documents.close()
      throw error
    }
  }

  /** Takes the session over from whoever had it. */
  async #reopen(journal: Journal, id: string, options: ResolvedSessionOptions, { replaces = false, keepsModel = false } = {}): Promise<Session> {
    const claim = await journal.claim(id, { replaces })
    try {
      const documents = options.context === undefined ? await this.#reopenDocuments(claim.session.config, journal, options) : await openDocuments(options.context, readingOf(options))
      try {
        return await this.#goOn({ journal, claim, documents, options, keepsModel })
      } catch (error) {
        await documents.close()
        throw error
      }
    } catch (error) {
      await journal.release(claim)
      throw error
    }
  }

  /** The session with what has changed about it, or begun anew. */
  async #goOn({ journal, claim, documents, options, keepsModel }: Pick<OpenedSession, 'journal' | 'claim' | 'documents' | 'options'> & { readonly keepsModel: boolean }): Promise<Session> {
    const { id, config: before, generation } = claim.session
    const budget = options.hasBudget ? options.budget : resolveBudget(limitsOf(before.budget))
    const { model: given, models } = this.#parts
    const config: SessionConfig = {
      ...before,
      // Who answers in a job is the job's matter, not that of the worker it has come to.
      model: keepsModel ? (before.model ?? given ?? null) : (given ?? before.model),
      models: keepsModel || models.length === 0 ? before.models : models,
      args: options.args ?? before.args,
      limits: options.hasLimits ? limitsRecord(options.limits) : before.limits,
      budget: limitsRecord(budget),
      documents: await documentRecords(documents, journal),
      isFirstPlain: documents.isFirstPlain,
      initialDocuments: options.context === undefined ? before.initialDocuments : documents.list.length,
    }
    const limits = options.hasLimits ? options.limits : resolveLimits(limitsOf(before.limits))
    if (!options.fresh) {
      // What it may spend holds from now on, whatever becomes of the rest.
      const kept: SessionConfig = { ...before, budget: config.budget }
      if (JSON.stringify(before.budget) !== JSON.stringify(kept.budget)) await journal.write(claim, [{ type: 'session.changed', config: kept }])
      const known: Claim = { ...claim, session: { ...claim.session, config: kept } }
      return this.#parts.session({ journal, claim: known, documents, config, options, limits, budget, executions: await journal.executions(id), changes: changesOf(before, config, options) })
    }
    const fresh: Claim = { ...claim, session: { ...claim.session, generation: generation + 1, config } }
    await journal.write(claim, [{ type: 'executions.left' }, { type: 'session.changed', generation: generation + 1, config }])
    return this.#parts.session({ journal, claim: fresh, documents, config, options, limits, budget, executions: [], changes: [] })
  }

  /** What the session had, as it is now. Rejects with CHANGED when one is gone. */
  async #reopenDocuments(config: SessionConfig, journal: Journal, options: ResolvedSessionOptions): Promise<Documents> {
    try {
      return await openDocuments(await recordedContext(config, journal), { ...readingOf(options), isFirstPlain: config.isFirstPlain, stdin: null })
    } catch (error) {
      throw asChanged(error)
    }
  }
}

/** How what is named as context is found and read; also what is loaded later. */
export function readingOf({ ignoreFiles, encoding }: ResolvedSessionOptions): ReadingOptions {
  return { ignoreFiles, encoding }
}
