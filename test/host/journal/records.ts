/** Nothing, or what is special, in; sessions and writes as tests need them, out. */
import { randomUUID } from 'node:crypto'
import type { NewSession, SessionConfig, Write } from '../../../src/host/journal/journal.ts'

export type Of<T extends Write['type']> = Extract<Write, { readonly type: T }>

export function config(some: Partial<SessionConfig> = {}): SessionConfig {
  return { model: 'sim/echo', models: [], args: {}, timeZone: 'UTC', locale: 'en', seed: 'a seed', limits: { memoryMb: 256, wallMs: null }, budget: {}, documents: [], isFirstPlain: false, initialDocuments: 0, ...some }
}

export function newSession(some: Partial<NewSession> = {}): NewSession {
  const id = some.id ?? randomUUID()
  return { id, name: null, parent: null, root: id, depth: 0, config: config(), ...some }
}

export function started(execution: number, some: Partial<Of<'execution.started'>> = {}): Write {
  return { type: 'execution.started', execution, cell: 'main', name: 'script.js', generation: 1, text: `cell ${execution}`, typescript: false, startedMs: 1_000 + execution, ...some }
}

export function ended(execution: number, state: 'ended' | 'cut' | 'left' = 'ended'): Write {
  return { type: 'execution.ended', execution, state, outcome: `{"value":${execution}}`, cpuMs: 1.5, endedMs: 2_000 + execution }
}

export function entry(n: number, execution: number, text = `{"type":"answer","answer":${n}}`): Write {
  return { type: 'entry', n, execution, entry: text }
}

export function sent(intent: number, some: Partial<Of<'call.sent'>> = {}): Write {
  return { type: 'call.sent', intent, execution: 1, hash: `hash ${intent}`, occurrence: 0, attempt: 1, model: 'sim/echo', tokens: 100, usd: 0.5, ...some }
}

export function answered(answer: number, some: Partial<Of<'answer'>> = {}): Of<'answer'> {
  return {
    type: 'answer',
    intent: null,
    answer,
    hash: `hash ${answer}`,
    occurrence: 0,
    cell: 'main',
    generation: 1,
    model: 'sim/echo',
    text: `text ${answer}`,
    finishReason: 'stop',
    inputTokens: 10,
    outputTokens: 20,
    usd: 0.25,
    queueMs: 1.25,
    llmMs: 50.5,
    attempts: 1,
    ...some,
  }
}
