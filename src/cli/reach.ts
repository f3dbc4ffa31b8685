/** The address of a server in; why nothing answers there, or null, out. Sends neither key nor question: it costs nothing. */

/** Any answer will do, also a refusal: somebody is there. Never rejects. */
export async function whyUnreachable(baseUrl: string, { timeoutMs }: { readonly timeoutMs: number }): Promise<string | null> {
  const { get } = baseUrl.startsWith('https:') ? await import('node:https') : await import('node:http')
  const signal = AbortSignal.timeout(timeoutMs)
  return new Promise((resolve) => {
    // A connection of its own, closed at once: a pooled one would keep the process from ending.
    const request = get(`${baseUrl}/models`, { agent: false, signal }, () => {
      resolve(null)
      request.destroy()
    })
    // Stays: the end of a connection that was destroyed may be an error, too.
    request.on('error', (error) => resolve(signal.aborted ? `no answer within ${timeoutMs} ms` : error.message || ('code' in error ? String(error.code) : error.name)))
  })
}
