/** Flags in; an open replm whose model is known to be there, or the offline one and the reason for it, out. */
import type { Replm } from '../index.ts'
import { toReplmError } from './outcome.ts'
import { type ModelOptions, replmOptions } from './stage.ts'

export interface Answering {
  readonly replm: Replm
  /** `provider/model`. */
  readonly model: string
  /** True when nothing better than the offline echo was found: its answers are no model's, and the user must be told. */
  readonly isMadeUp: boolean
}

/** The model that answers where none can be found and a person is there to be told so. */
const offlineModel = 'sim/echo'

/** Opens a replm for an interactive session. */
export async function openAnswering(options: ModelOptions): Promise<Answering> {
  const { openReplm } = await import('../index.ts')
  const replm = await openReplm(replmOptions(options))
  try {
    return { replm, model: await replm.defaultModel(), isMadeUp: false }
  } catch (thrown) {
    await replm[Symbol.asyncDispose]()
    if (toReplmError(thrown).code !== 'CONFIG') throw thrown
    return { replm: await openReplm({ ...replmOptions(options), model: offlineModel }), model: offlineModel, isMadeUp: true }
  }
}

/** Who answers, and how to get another, in words for the start of a session. */
export function describeAnswering({ model, isMadeUp }: Answering): string {
  if (!isMadeUp) return `${model} answers; another one with -m provider/model, \`replm models\` lists them`
  return `No model was found, so ${model} answers by repeating the question. For real answers set OPENAI_API_KEY or ANTHROPIC_API_KEY, or start Ollama or LM Studio`
}
