#!/usr/bin/env node
// A command line under any Node in; the CLI, under a Node that can run it, out. Must parse on old Nodes: no newer syntax here.

// Keep in step with "engines" in package.json; a test compares them.
const minimumMajor = 26

if (majorOf(process.versions.node) >= minimumMajor) start()
else handOver()

function majorOf(version) {
  return Number(String(version).split('.')[0])
}

async function start() {
  const fs = await import('node:fs')
  const root = new URL('../', import.meta.url)
  const main = isBuilt(fs, root) ? new URL('dist/cli/main.js', root) : new URL('src/cli/main.ts', root)
  const cli = await import(main.href)
  await cli.main(process.argv.slice(2))
}

// In an installed package `dist` is all there is to run. In a clone it counts only while no source is newer, and the sources run as they are otherwise.
function isBuilt(fs, root) {
  const built = fs.statSync(new URL('dist/cli/main.js', root), { throwIfNoEntry: false })
  const isClone = fs.existsSync(new URL('tsconfig.build.json', root))
  if (!isClone) return true
  if (built === undefined) return false
  const newest = (folder) => {
    let newestMs = fs.statSync(folder).mtimeMs
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
      const path = new URL(entry.name + (entry.isDirectory() ? '/' : ''), folder)
      newestMs = Math.max(newestMs, entry.isDirectory() ? newest(path) : fs.statSync(path).mtimeMs)
    }
    return newestMs
  }
  return newest(new URL('src/', root)) <= built.mtimeMs
}

// The package `node` brings a pinned Node: found beside this file's package, or wherever an installed replm finds it.
async function handOver() {
  const { spawn } = await import('node:child_process')
  const { constants } = await import('node:os')
  const { fileURLToPath } = await import('node:url')
  const pinned = await pinnedNode()
  if (pinned === undefined) {
    process.stderr.write(
      'replm needs Node ' + minimumMajor + ' or newer, this is ' + process.version + ' and no newer one is installed beside it.\n' +
        'In a clone of replm run `npm ci`; elsewhere run `npm install node@' + minimumMajor + '` in the folder where replm is installed.\n',
    )
    process.exit(2)
  }
  const child = spawn(pinned, [fileURLToPath(import.meta.url)].concat(process.argv.slice(2)), { stdio: 'inherit' })
  // A signal sent to this process alone must reach the one that works. Ctrl-C reaches both by itself; the CLI takes two at once for one.
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGCONT', 'SIGWINCH']
  for (const signal of signals) {
    try {
      process.on(signal, () => child.kill(signal))
    } catch {
      // The platform does not have this signal.
    }
  }
  child.on('error', (error) => {
    process.stderr.write('replm could not start ' + pinned + ': ' + error.message + '\nRun `npm ci` again, or use Node ' + minimumMajor + ' or newer.\n')
    process.exit(2)
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    process.removeAllListeners(signal)
    // Not every signal ends this process by default; then the shell's own way of saying it.
    process.kill(process.pid, signal)
    setTimeout(() => process.exit(128 + constants.signals[signal]), 100)
  })
}

async function pinnedNode() {
  const fs = await import('node:fs')
  const path = await import('node:path')
  const { createRequire } = await import('node:module')
  try {
    const manifest = createRequire(import.meta.url).resolve('node/package.json')
    if (majorOf(JSON.parse(fs.readFileSync(manifest, 'utf8')).version) < minimumMajor) return undefined
    const file = path.join(path.dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
    return fs.existsSync(file) ? file : undefined
  } catch {
    // The package is not installed.
    return undefined
  }
}
