/// <reference path="guest.d.ts" />
/**
 * Drafts an answer to a letter, and asks a person before anything leaves: approve it, change it, or ask for another draft.
 *
 *   npx replm run examples/review.ts -m sim/extract -c letter.txt            # asks at the terminal
 *   npx replm jobs submit examples/review.ts -m sim/extract -c letter.txt    # waits for its answer, next week if need be
 */
const letter = await docs[0]!.slice(0, 20_000)
const ways = ['short and friendly', 'formal', 'with a question back']

let reply: string | undefined
for (const way of ways) {
  await progress(ways.indexOf(way) / ways.length, `drafting: ${way}`)
  const draft = await llmQuery(`Draft an answer to this letter, ${way}.\n\n${letter}`)
  const { action, data } = await awaitInput({
    title: 'Send this answer?',
    description: `A draft, ${way}. "again" asks for another one.`,
    data: draft,
    actions: ['approve', 'edit', 'again', 'cancel'],
  })
  if (action === 'again') continue
  // A person has the last word: what they made of it is what goes out.
  if (action !== 'cancel') reply = data
  break
}
final(reply ?? 'Nothing is sent')
