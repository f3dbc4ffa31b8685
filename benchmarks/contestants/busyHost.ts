/** Work in; the same while this process has other things to do, 4 ms of every 10, out. */
const everyMs = 10
const spinMs = 4

export async function whileBusy<T>(work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => {
    const end = performance.now() + spinMs
    while (performance.now() < end);
  }, everyMs)
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}
