/** The lines of the README's "Over HTTP", in a real shell, as they are written. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { bareEnv, launcher, root } from '../cli/command.ts'

test('the lines of the README get what it says', async ({ skip }) => {
  try {
    execFileSync('curl', ['--version'])
  } catch {
    return skip('this machine has no curl')
  }
  const [, section = ''] = /\n## Over HTTP\n(.*?)\n## /s.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? []
  const [, lines = ''] = /```sh\n(.*?)```/s.exec(section) ?? []
  expect(lines).toContain('replm serve')

  const folder = mkdtempSync(join(tmpdir(), 'replm-readme-'))
  // As in a folder where replm is installed.
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true })
  symlinkSync(launcher, join(folder, 'node_modules/.bin/replm'))
  const env = { ...bareEnv, PATH: `${dirname(process.execPath)}:${bareEnv['PATH']}`, XDG_DATA_HOME: folder, npm_config_offline: 'true' }
  // What ran in the background must end with the test.
  const shell = spawn('bash', ['--norc', '-e', '-o', 'pipefail', '-c', lines], { cwd: folder, env, detached: true })
  try {
    let printed = ''
    let complaints = ''
    shell.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
    shell.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text))
    const closed = once(shell, 'close')
    const [code] = (await once(shell, 'exit')) as [number | null]
    process.kill(-(shell.pid ?? 0), 'SIGTERM')
    // The server ends as well, and with it the pipes are closed.
    await closed
    expect([code, complaints]).toEqual([0, ''])
    const answers = printed.split('\n').filter((line) => line.startsWith('{'))
    const events = printed.split('\n').filter((line) => line.startsWith('data: ')).map((line) => (JSON.parse(line.slice(6)) as { type: string }).type)
    expect(events).toEqual(expect.arrayContaining(['job.queued', 'job.started', 'job.progressed', 'job.completed']))
    expect(answers.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { kind: 'query', status: 'completed', result: { text: 'Why is the sky blue?' } },
      { kind: 'script', status: 'completed', result: { value: 'Why?' } },
      { kind: 'cell', status: 'completed' },
      { kind: 'cell', status: 'completed', result: { value: 4 } },
    ])
  } finally {
    try {
      process.kill(-(shell.pid ?? 0), 'SIGKILL')
    } catch {
      // All of it has ended.
    }
    rmSync(folder, { recursive: true, force: true })
  }
}, 90_000)
