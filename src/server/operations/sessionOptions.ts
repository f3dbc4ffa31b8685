/** What a caller says of a session in; options of `openSession`, its documents looked up below the roots, out. */
import type { SessionOptions } from '../../options/sessionOptions.ts'
import { named } from '../named.ts'
import type { Roots } from '../roots.ts'
import type { newSession } from '../schemas.ts'
import type { z } from '../zod.ts'

type Asked = Pick<z.output<typeof newSession>, 'context' | 'args' | 'limits' | 'budget'>

export async function sessionOptions({ context, args, limits, budget }: Asked, roots: Roots): Promise<Pick<SessionOptions, 'context' | 'args' | 'limits' | 'budget'>> {
  return {
    ...(context === undefined ? {} : { context: await roots.sources(context) }),
    ...(args === undefined ? {} : { args }),
    ...(limits === undefined ? {} : { limits: named(limits) }),
    ...(budget === undefined ? {} : { budget: named(budget) }),
  }
}
