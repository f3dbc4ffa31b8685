/** The guest's runtime: what the sandbox calls inside the isolate. */

export function deliver(line: string): string {
  return line
}
