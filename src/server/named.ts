/** Options of which some may be undefined in; only those that were named out: `undefined` is no value of an option. */
export function named<T extends object>(options: T): Named<T> {
  // What is left has every value that its type may have but undefined.
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Named<T>
}

type Named<T> = { [Name in keyof T]: Exclude<T[Name], undefined> }
