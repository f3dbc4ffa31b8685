/** Which walls stand on this machine in; the command line that starts a sandbox process behind them, out. */
import { accessSync, constants, existsSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** How far a sandbox is shut in: 'contained' has its own user, process, network and file namespaces; 'best effort' has Node's permission model and an empty environment only. */
export type Containment = 'contained' | 'best effort'

export interface Launch {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly containment: Containment
  /** File descriptor on which bubblewrap names the process it made, or null. */
  readonly infoFd: number | null
}

const extension = import.meta.url.slice(-3)
const sourceFolder = fileURLToPath(new URL('..', import.meta.url))

/** What a sandbox process runs: the sandbox itself, or the attempts of `replm doctor` to get out of one. */
export type LaunchEntry = 'main' | 'probe'

/** Packages that the sandbox process loads; it may read these folders, its own code, and nothing else. */
const sandboxPackages = ['isolated-vm', 'acorn', 'oxc-transform', '@cfworker/json-schema'] as const

/** Open files a sandbox may hold: its pipes, its modules while they load, and the loop's own. */
const maxOpenFiles = 128

/** Where a sandbox is told to be: a name of a time zone as `TZ` has it, and a locale as `LANG` has it. Frozen in a session when it is made. */
export interface Place {
  readonly timeZone: string
  readonly locale: string
}

/** Where this process is. */
export function placeHere(): Place {
  return { timeZone: process.env['TZ'] ?? localTimeZone(), locale: process.env['LANG'] ?? 'en_US.UTF-8' }
}

/** The command that starts a sandbox at the given level; null where this machine has not what the level needs. */
export function planLaunch(containment: Containment, { entry = 'main', place = placeHere() }: { readonly entry?: LaunchEntry; readonly place?: Place } = {}): Launch | null {
  const env = { TZ: place.timeZone, LANG: place.locale }
  const node = realpathSync(process.execPath)
  const readable = readableFiles()
  const command = [...resourceLimits(), node, ...nodeFlags(readable), join(sourceFolder, 'repl', entry + extension), ...(entry === 'main' ? [inheritedFlag + inheritedFiles().join(',')] : [])]
  if (containment === 'best effort') return { command: command[0] ?? node, args: command.slice(1), env, containment, infoFd: null }
  const bubblewrap = process.platform === 'linux' ? findProgram('bwrap') : null
  if (bubblewrap === null) return null
  // Bubblewrap adds a variable of its own: env takes it out again.
  return { command: bubblewrap, args: [...namespaces([node, ...readable]), '--', '/usr/bin/env', '-i', ...Object.entries(env).map(([name, value]) => `${name}=${value}`), ...command], env, containment, infoFd: 4 }
}

/** The zone that the system's own link names, which costs nothing to read; where there is none, what the runtime finds, in a hundredth of a second. */
function localTimeZone(): string {
  try {
    const zone = /zoneinfo\/(.+)$/.exec(readlinkSync('/etc/localtime'))?.[1]
    if (zone !== undefined) return zone
  } catch {
    // No such link here.
  }
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}

function nodeFlags(readable: readonly string[]): string[] {
  return [
    '--permission',
    '--allow-addons',
    ...readable.map((path) => `--allow-fs-read=${path}`),
    '--disable-sigusr1',
    // Databases write files past the permission model; the other calls foreign code.
    ...['--no-experimental-sqlite', '--no-experimental-ffi'].filter((flag) => process.allowedNodeEnvironmentFlags.has(flag)),
    '--disable-warning=ExperimentalWarning',
    '--disable-warning=SecurityWarning',
    // More than an isolate gets (isolate.ts): what a guest calls at the very end of its stack still runs whole. Windows gives threads less than that.
    ...(process.platform === 'win32' ? [] : ['--stack-size=1400']),
    // An isolate's own limit is isolated-vm's; this one is for the frames and texts on their way.
    '--max-old-space-size=4096',
    // New objects, in MiB, of each isolate, three times: V8 itself takes 16. A batch of 100,000 holds a third less of memory, and programs are as fast.
    '--max-semi-space-size=2',
  ]
}

/** Tells a sandbox which files to close before all else (confine.ts). */
const inheritedFlag = '--inherited='

/** The first numbers are the sandbox's own: standard streams, channel, and what bubblewrap says. */
const ownFiles = 5

/** Open files that this process was started with: whoever it starts inherits them, too. */
function inheritedFiles(): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc/self/fdinfo').map(Number).filter((fd) => fd >= ownFiles && isInheritable(fd))
}

function isInheritable(fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1] ?? '0'
    return (Number.parseInt(flags, 8) & closeOnExec) === 0
  } catch {
    return false // Closed meanwhile: it was the one that this list was read through.
  }
}

/** O_CLOEXEC, on all that Node runs on under Linux. */
const closeOnExec = 0o2000000

/** No core files with a guest's data in them, few open files, and no life after the host's. */
function resourceLimits(): string[] {
  if (process.platform !== 'linux') return []
  const prlimit = findProgram('prlimit')
  const setpriv = findProgram('setpriv')
  return [
    ...(prlimit === null ? [] : [prlimit, '--core=0', `--nofile=${maxOpenFiles}`]),
    ...(setpriv === null ? [] : [setpriv, '--pdeathsig', 'KILL', '--no-new-privs']),
  ]
}

function namespaces(files: readonly string[]): string[] {
  const system = ['/usr', '/lib', '/lib64', '/bin', '/etc/ld.so.cache'].filter((path) => existsSync(path))
  return [
    '--unshare-user', '--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try',
    '--die-with-parent', '--new-session', '--as-pid-1', '--cap-drop', 'ALL',
    ...system.flatMap((path) => ['--ro-bind', path, path]),
    ...files.filter((path) => !path.startsWith('/usr/')).flatMap((path) => ['--ro-bind', path, path]),
    '--proc', '/proc', '--dev', '/dev', '--chdir', '/', '--info-fd', '4',
  ]
}

/** The sandbox's own code and packages, each folder once. */
function readableFiles(): string[] {
  const require = createRequire(import.meta.url)
  const own = [join(sourceFolder, 'repl'), ...['frames', 'protocol', 'errors', 'types'].map((name) => join(sourceFolder, name + extension)), join(sourceFolder, '..', 'package.json')]
  const packages = sandboxPackages.map((name) => packageFolder(require, name))
  const bindings = join(dirname(packageFolder(require, 'oxc-transform')), '@oxc-transform')
  const found = [...own, ...packages, ...(existsSync(bindings) ? [bindings] : [])]
  // Some package managers link packages into place: code is looked for at the link and read where it leads.
  return [...new Set(found.flatMap((path) => [path, realpathSync(path)]))]
}

function packageFolder(require: NodeJS.Require, name: string): string {
  for (const folder of require.resolve.paths(name) ?? []) {
    const candidate = join(folder, name)
    if (existsSync(candidate)) return candidate
  }
  throw new Error(`The package ${name} is not installed; install replm's dependencies again`)
}

function findProgram(name: string): string | null {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // Not in this folder: the next one is looked into.
    }
  }
  return null
}
