/** Requests to end in (SIGINT, SIGTERM, SIGHUP); the first and the ones after it, told apart, out. */

/** Two signals within this time are one press of Ctrl-C: npx, npm and the launcher pass on what the terminal has sent to everybody already. In milliseconds. */
const samePressMs = 100

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Calls back with the number of each request, from 1, until the returned function is called.
 * While it listens these signals do not end the process by themselves.
 */
export function onInterrupt(listener: (press: number) => void): () => void {
  let presses = 0
  let lastMs = -Infinity
  const onSignal = (): void => {
    const nowMs = performance.now()
    const isSamePress = nowMs - lastMs < samePressMs
    lastMs = nowMs
    if (isSamePress) return
    presses += 1
    listener(presses)
  }
  for (const signal of signals) process.on(signal, onSignal)
  return () => {
    for (const signal of signals) process.off(signal, onSignal)
  }
}
