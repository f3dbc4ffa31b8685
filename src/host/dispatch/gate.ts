/** A bound in; a function that runs what it is given as soon as a permit is free, in order, out. The only importer of p-limit. */

/** Runs `task` once a permit is free; the permit is free again when the task's promise settles. */
export type Gate = (task: () => Promise<void>) => Promise<void>

/** Loads p-limit at first use: nothing that asks no model pays for it. */
export async function createGate(concurrency: number): Promise<Gate> {
  const { default: pLimit } = await import('p-limit')
  const limit = pLimit(concurrency)
  return (task) => limit(task)
}
