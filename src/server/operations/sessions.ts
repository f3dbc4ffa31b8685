/** Operations on sessions and their cells: make one, run cells in it, look at it, forget it. */
import { ReplmError } from '../../errors.ts'
import type { Session } from '../../index.ts'
import type { SessionOptions } from '../../options/sessionOptions.ts'
import type { SessionInfo } from '../../types.ts'
import { named } from '../named.ts'
import { idempotencyKey } from '../once.ts'
import { operation, type Operation } from '../operation.ts'
import { pageOf } from '../pages.ts'
import type { Parts } from '../parts.ts'
import { RequestProblem } from '../problem.ts'
import { cell, cellList, cellParams, newCell, newSession, pageQuery, session, sessionPage, sessionParams } from '../schemas.ts'
import { acceptJob, documentResponses, workHeaders, workResponses } from './accepted.ts'
import { sessionOptions } from './sessionOptions.ts'

export function sessionOperations(parts: Parts): readonly Operation[] {
  const { replm, roots, once } = parts

  function view({ owner, ...info }: SessionInfo) {
    return { ...info, state: owner === null ? 'asleep' : replm.awake.has(info.id) ? 'awake' : 'elsewhere' }
  }

  /** Rejects with NOT_FOUND; with IN_USE for one that another process has open. */
  async function here(idOrName: string): Promise<SessionInfo> {
    const info = await replm.sessions.get(idOrName)
    if (view(info).state === 'elsewhere') throw new ReplmError('IN_USE', `The session ${JSON.stringify(idOrName)} is open in another process`)
    return info
  }

  return [
    operation(
      {
        id: 'createSession',
        method: 'post',
        path: '/sessions',
        tag: 'sessions',
        asks: 'models',
        summary: 'Make a session',
        headers: ['idempotency-key'],
        body: newSession,
        responses: { 201: { description: 'It is made; no model is asked, and no memory is taken before its first cell.', schema: session, headers: ['location'] }, 409: { description: 'Another session has this name.' }, ...documentResponses },
      },
      ({ body, headers }) =>
        once.run(idempotencyKey(headers, 'createSession'), body, async () => {
          const { name, model } = body
          if (name !== undefined && (await isTaken(name))) throw new ReplmError('IN_USE', `There is a session ${JSON.stringify(name)} already`)
          const { id } = await create({ ...named({ name }), ...(await sessionOptions(body, roots)) }, model)
          return { status: 201, headers: { location: `/sessions/${id}` }, body: { json: view(await replm.sessions.get(id)) } }
        }),
    ),
    operation(
      { id: 'listSessions', method: 'get', path: '/sessions', tag: 'sessions', asks: 'store', summary: 'List sessions, the one used last first', query: pageQuery, responses: { 200: { description: 'A page of them.', schema: sessionPage } } },
      async ({ query }) => {
        const { items, cursor } = pageOf(await replm.sessions.list(), query)
        return { status: 200, body: { json: { sessions: items.map(view), cursor } } }
      },
    ),
    operation(
      {
        id: 'getSession',
        method: 'get',
        path: '/sessions/{id}',
        tag: 'sessions',
        asks: 'store',
        summary: 'Get a session',
        headers: ['if-none-match'],
        params: sessionParams,
        responses: { 200: { description: 'What it holds and has cost.', schema: session, headers: ['etag'] }, 304: { description: 'It is as the caller knows it.' } },
      },
      async ({ params: { id } }) => {
        const json = view(await replm.sessions.get(id))
        return { status: 200, body: { json }, facts: json }
      },
    ),
    operation(
      {
        id: 'removeSession',
        method: 'delete',
        path: '/sessions/{id}',
        tag: 'sessions',
        asks: 'store',
        summary: 'Remove a session with all that it holds',
        params: sessionParams,
        responses: { 204: { description: 'It is gone.' }, 409: { description: 'A cell of it runs, or another process has it open.' } },
      },
      async ({ params: { id } }) => {
        const info = await here(id)
        await replm.awake.sleep(info.id)
        await replm.sessions.remove(info.id)
        return { status: 204 }
      },
    ),
    operation(
      {
        id: 'runCell',
        method: 'post',
        path: '/sessions/{id}/cells',
        tag: 'sessions',
        asks: 'models',
        summary: 'Run a cell in a session',
        description: 'Cells of one session run one after another. A session that sleeps is woken, and what its cells had made is there again.',
        headers: workHeaders,
        params: sessionParams,
        body: newCell,
        responses: { ...workResponses, 409: { description: 'Another process has the session open.' } },
      },
      async ({ params: { id }, body, headers, signal }) => {
        const info = await here(id)
        return acceptJob(parts, { session: info.id, ...named(body) }, { operation: `runCell ${info.id}`, headers, signal })
      },
    ),
    operation(
      {
        id: 'listCells',
        method: 'get',
        path: '/sessions/{id}/cells',
        tag: 'sessions',
        asks: 'store',
        summary: 'List the cells that a session has run',
        params: sessionParams,
        responses: { 200: { description: 'In the order in which they ran.', schema: cellList } },
      },
      async ({ params: { id } }) => ({ status: 200, body: { json: { cells: (await replm.sessions.cells(id)).map(cellView) } } }),
    ),
    operation(
      {
        id: 'getCell',
        method: 'get',
        path: '/sessions/{id}/cells/{execution}',
        tag: 'sessions',
        asks: 'store',
        summary: 'Get a cell that a session has run',
        headers: ['if-none-match'],
        params: cellParams,
        responses: { 200: { description: 'Its text, and how it ended.', schema: cell, headers: ['etag'] }, 304: { description: 'It is as the caller knows it.' } },
      },
      async ({ params: { id, execution } }) => {
        const found = (await replm.sessions.cells(id)).find((cell) => cell.execution === execution)
        if (found === undefined) throw new RequestProblem(404, `The session has run no cell ${execution}`)
        const json = cellView(found)
        return { status: 200, body: { json }, facts: json }
      },
    ),
    operation(
      {
        id: 'clearCells',
        method: 'delete',
        path: '/sessions/{id}/cells',
        tag: 'sessions',
        asks: 'store',
        summary: 'Forget what cells have made',
        description: 'The session begins anew; what it has bought stays bought.',
        params: sessionParams,
        responses: { 204: { description: 'They are forgotten.' }, 409: { description: 'A cell of it runs, or another process has it open.' } },
      },
      async ({ params: { id } }) => {
        const info = await here(id)
        // A cell that runs, or waits for its turn, must not be forgotten before it has begun.
        await replm.awake.sleep(info.id)
        await replm.awake.use(info.id, (session) => session.clear())
        return { status: 204 }
      },
    ),
  ]

  async function create(options: SessionOptions, model: string | undefined): Promise<Session> {
    const session = await replm.openSession(options)
    try {
      if (model !== undefined) await session.setModel(model)
      await replm.awake.add(session)
      return session
    } catch (error) {
      // Nobody has heard of it.
      await session[Symbol.asyncDispose]()
      await replm.sessions.remove(session.id)
      throw error
    }
  }

  async function isTaken(name: string): Promise<boolean> {
    return replm.sessions.get(name).then(() => true, (error: unknown) => {
      if (error instanceof ReplmError && error.code === 'NOT_FOUND') return false
      throw error
    })
  }

  function cellView<T extends { readonly message: string | null }>(record: T): T {
    return record.message === null ? record : { ...record, message: roots.hide(record.message) }
  }
}
