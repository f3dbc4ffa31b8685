/** A `Prefer` header (RFC 7240) in; how long the caller wants to wait for a result, out. */

/** Nobody waits longer in one request, in seconds: what is between may end a silent connection after a minute. */
const maxWaitSeconds = 55

/** Seconds; undefined where the caller does not want to wait, or said it in a way that cannot be understood: a preference is never an error. */
export function waitOf(prefer: string | undefined): number | undefined {
  for (const preference of (prefer ?? '').split(',')) {
    const [name = '', value = ''] = (preference.split(';')[0] ?? '').split('=').map((part) => part.trim())
    // The first of a name counts.
    if (name.toLowerCase() === 'wait') return secondsOf(value.replace(/^"(.*)"$/, '$1'))
  }
  return undefined
}

function secondsOf(value: string): number | undefined {
  return /^\d{1,10}$/.test(value) ? Math.min(Number(value), maxWaitSeconds) : undefined
}
