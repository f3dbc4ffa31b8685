/** The files of a text and a step of its task in; what the pieces hold of the answer that a program comes by, out. Reads the text by itself, line by line, with nothing of replm's. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Step } from './task.ts'

export interface Survey {
  /** Items of the answer in each piece of so many characters, cut at lines. */
  readonly pieces: readonly number[]
  /** The same of the surroundings of the lines that `find` finds, those that touch taken together. */
  readonly clusters: readonly number[]
}

export interface SurveyOptions {
  readonly step: Step
  readonly chars: number
  /** Lines before and after that belong to a line's surroundings. */
  readonly around: number
}

export async function surveyText(paths: readonly string[], { step, chars, around }: SurveyOptions): Promise<Survey> {
  const pattern = step.find === undefined ? undefined : new RegExp(step.find)
  const survey: { pieces: number[]; clusters: number[] } = { pieces: [], clusters: [] }
  const evidence = Map.groupBy(step.evidence, ({ file }) => file)
  for (const [file, path] of paths.entries()) {
    const lines = new Set(evidence.get(file)?.map(({ line }) => line))
    let pieceChars = Infinity
    let clusterEnd = -Infinity
    /** Lines with items, up to this one, that are in no cluster yet and may be in the next. */
    const recent: number[] = []
    let line = 0
    for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
      line += 1
      const items = lines.has(line) ? 1 : 0
      if (pieceChars + text.length + 1 > chars) {
        survey.pieces.push(0)
        pieceChars = 0
      }
      pieceChars += text.length + 1
      addToLast(survey.pieces, items)

      if (items > 0) recent.push(line)
      const isFound = pattern?.test(text) === true
      if (isFound && line - around > clusterEnd + 1) survey.clusters.push(recent.filter((each) => each >= line - around).length)
      else if (isFound) addToLast(survey.clusters, recent.length)
      else if (line <= clusterEnd) addToLast(survey.clusters, items)
      if (isFound) clusterEnd = line + around
      if (isFound || line <= clusterEnd) recent.length = 0
      else if ((recent[0] ?? Infinity) < line - around) recent.shift()
    }
  }
  return survey
}

function addToLast(counts: number[], items: number): void {
  counts.push((counts.pop() ?? 0) + items)
}
