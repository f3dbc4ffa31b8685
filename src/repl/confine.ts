/** Nothing in; a process without the means to reach others, out. Imported first: it must have run before any text of a guest arrives. */
import { closeSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import os, { constants } from 'node:os'

/** What the host was started with, by its number here; the host says so (launch.ts). */
const inherited = process.argv.find((argument) => argument.startsWith('--inherited='))?.slice('--inherited='.length) ?? ''
for (const fd of inherited.split(',').filter((text) => text !== '')) {
  try {
    closeSync(Number(fd))
  } catch {
    // The channel took its number, or it is closed already.
  }
}

/** The native behind `process.kill`, which is taken away below. */
const { _kill: kill } = process as unknown as { _kill(pid: number, signal: number): number }
const ownPid = process.pid
const { SIGKILL } = constants.signals

/** The only way this process ends: leaving in an orderly way while an isolate runs is a segmentation fault. */
export function die(): void {
  kill(ownPid, SIGKILL)
}

/** Parts of `process` that act on other processes, on this one's identity, or on native code. */
const means = [
  'kill', '_kill', '_debugProcess', '_debugEnd', '_startProfilerIdleNotifier', '_rawDebug', 'abort', 'exit', 'reallyExit', 'execve', 'binding', '_linkedBinding',
  'chdir', 'umask', 'initgroups', 'setgid', 'setegid', 'setgroups', 'setuid', 'seteuid', 'setSourceMapsEnabled', 'loadEnvFile',
] as const

for (const name of means) {
  // Some are read-only on some platforms; what cannot be deleted is covered by the permission model.
  Reflect.deleteProperty(process, name)
}
// Any program of the machine could be loaded into this process, not only the addons it may read.
const { dlopen, permission } = process
process.dlopen = (module, file, ...rest) => {
  if (permission !== undefined && !permission.has('fs.read', file)) throw new Error(`Only addons of the sandbox's own can be loaded, not ${file}`)
  dlopen.call(process, module, file, ...(rest as [number]))
}
// The host's own priority is the host's matter.
Reflect.deleteProperty(os, 'setPriority')
syncBuiltinESMExports()
for (const name of ['fetch', 'WebSocket', 'EventSource', 'navigator', 'localStorage', 'sessionStorage']) Reflect.deleteProperty(globalThis, name)
