/** Thread entry. Attempts at questions come in over a port; what the providers answered goes out over it, each as soon as it is there. */
import { ReplmError, toWire } from '../errors.ts'
import { askProvider } from '../host/providers/askProvider.ts'
import type { LaneAsk, LaneMessage, LaneReply, LaneTask } from '../host/dispatch/paths/lane.ts'
import { createProvider } from '../host/providers/registry.ts'
import type { Provider } from '../types.ts'

/** Serves the port until it closes; returns at once, so that Piscina counts the thread as idle and lets the process end. */
export default function serveQueries({ port, env }: LaneTask): void {
  const providers = new Map<string, Promise<Provider>>()
  const underWay = new Map<number, AbortController>()
  let replies: LaneReply[] = []
  /** Of the attempts that are answered in pieces, what has come in this turn. */
  const turns = new Map<number, { text: string; readonly ends: number[] }>()

  /** What comes from the network within one turn of the loop goes in one message, at the end of that turn. */
  function send(reply: LaneReply): void {
    replies.push(reply)
    if (replies.length > 1) return
    setImmediate(() => {
      port.postMessage(replies)
      replies = []
      turns.clear()
    })
  }

  function sendPiece(id: number, piece: string): void {
    let turn = turns.get(id)
    if (turn === undefined) {
      turn = { text: '', ends: [] }
      turns.set(id, turn)
      // Filled until the turn is over, and sent then.
      send({ id, pieces: turn })
    }
    turn.text += piece
    turn.ends.push(turn.text.length)
  }

  async function answer({ id, provider: name, query, stream, ...rest }: LaneAsk): Promise<void> {
    const controller = new AbortController()
    underWay.set(id, controller)
    let reply: LaneReply
    try {
      const provider = await providerOf(name)
      if (query === undefined) {
        await provider.prepare?.()
        reply = { id, answer: null }
      } else {
        let chars = 0
        const onText = (piece: string): void => {
          chars += piece.length
          sendPiece(id, piece)
        }
        const { text, ...given } = await askProvider(provider, query, { ...rest, signal: controller.signal, onText: stream === true ? onText : undefined })
        reply = { id, answer: chars > 0 && chars === text.length ? given : { ...given, text } }
      }
    } catch (thrown) {
      reply = { id, error: toWire(ReplmError.from(thrown)) }
    }
    underWay.delete(id)
    send(reply)
  }

  function providerOf(name: string): Promise<Provider> {
    const known = providers.get(name) ?? Promise.resolve().then(() => createProvider(name, env))
    providers.set(name, known)
    return known
  }

  port.on('message', ({ asks, aborts }: LaneMessage) => {
    for (const ask of asks) void answer(ask)
    for (const id of aborts) underWay.get(id)?.abort()
  })
  port.on('close', () => {
    for (const controller of underWay.values()) controller.abort()
  })
}
