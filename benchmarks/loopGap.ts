/** A stretch of time in; the longest that this process's event loop was away in it, in milliseconds, out. */

/** How often it looks, in milliseconds. */
const everyMs = 1

export function watchLoop(): { readonly stop: () => number } {
  let last = performance.now()
  let longest = 0
  const look = (): void => {
    const now = performance.now()
    longest = Math.max(longest, now - last - everyMs)
    last = now
  }
  const timer = setInterval(look, everyMs)
  return {
    stop: () => {
      clearInterval(timer)
      look()
      return longest
    },
  }
}
