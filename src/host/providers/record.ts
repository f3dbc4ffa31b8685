/** Any value in; whether it is an object with names, as parsed JSON has them, out. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
