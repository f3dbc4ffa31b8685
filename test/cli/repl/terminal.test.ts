/** The interactive session on a real pseudo-terminal: keys, and what a person sees. */
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { openOpenAiServer } from '../../servers/openai.ts'
import { hasTerminal, makeFolder, replm } from '../command.ts'
import { RealTerminal } from '../realTerminal.ts'

const echo = ['-m', 'sim/echo']
const ctrl = (letter: string): string => String.fromCharCode(letter.charCodeAt(0) - 96)
const up = '\x1b[A'
const down = '\x1b[B'

describe.skipIf(!hasTerminal)('on a real terminal', () => {
  test('it says who answers, edits lines, keeps names and shows values', async () => {
    using terminal = new RealTerminal([])
    await terminal.until(/No model was found, so sim\/echo answers[^]*OPENAI_API_KEY[^]*Ollama/)
    await terminal.prompt()
    await terminal.enter('const value: number = 40', /> $/)
    await terminal.enter('valu + 2\x1b[D\x1b[D\x1b[D\x1b[De', /\n42\n/)
    await terminal.enter('_ * 2', /\n84\n/)
    await terminal.enter('throw new RangeError("far")', /CELL: RangeError: far\n {2}at cell 4:1:7\n {4}throw new RangeError\("far"\)\n {10}\^\n/)
    await terminal.enter('_error.message', /\n'far'\n/)
    expect(terminal.text).not.toMatch(/node:|replm\/src|file:\/\//)
    terminal.type('.exit\r')
    expect(await terminal.end()).toBe(0)
  })

  test('a cell goes on until it is complete, and comes back as a whole', async () => {
    using terminal = new RealTerminal(echo)
    await terminal.prompt()
    terminal.type('function twice(n) {\r')
    await terminal.until(/\n… $/)
    await terminal.type('return n * 2\r}\r').until(/\n> function twice\(n\) {\n… return n \* 2\n… }\n> $/)
    await terminal.enter('twice(4)', /\n8\n/)
    await terminal.type(up + up).until(/8\n> function twice\(n\) {\n… return n \* 2\n… }$/)
    // Up into the line above, an edit there, and Enter runs all of it.
    await terminal.type(`${up}${ctrl('e')}0`).until(/return n \* 20\n… }$/)
    await terminal.type('\r').prompt()
    await terminal.enter('twice(4)', /\n80\n/)
    terminal.type('if (true) {\r')
    await terminal.until(/{\n… $/)
    await terminal.type('.break\r').prompt()
    await terminal.enter('1 + 1', /\n2\n/)
  })

  test('names are completed: variables, members, commands and files, and no getter is run', async () => {
    using folder = makeFolder({ 'chapter one.txt': 'x', 'chapter two.txt': 'y' })
    using terminal = new RealTerminal(echo, { cwd: folder.path })
    await terminal.prompt()
    await terminal.enter('let lookups = 0; const shelf = { alpha: 1, get alphabet() { lookups++; return 1 } }')
    await terminal.type('she\t').until(/> shelf$/)
    await terminal.type('.al\t').until(/> shelf\.alpha$/)
    await terminal.type('\t').until(/> shelf\.alpha\nalpha +alphabet$/)
    await terminal.type('bet\t').until(/> shelf\.alphabet$/)
    await terminal.type(ctrl('u')).prompt()
    await terminal.enter('lookups', /\n0\n/)
    await terminal.type('.lo\t').until(/> \.load$/)
    await terminal.type(' chap\t').until(/> \.load chapter $/)
    await terminal.type('o\t\r').until(/docs\[0\] .*chapter one\.txt · 1 B · 1 line · ~0 tokens\ntry: .*\n> $/)
    await terminal.enter('await docs[0].slice()', /'x'/)
  })

  test('history lasts across runs, is private, and is searched with Ctrl-R', async () => {
    using folder = makeFolder({})
    const env = { REPLM_HISTORY: folder.file('history') }
    {
      using terminal = new RealTerminal(echo, { env })
      await terminal.prompt()
      await terminal.enter('let apple = 1', /> $/)
      await terminal.enter('"pear"', /'pear'/)
      await terminal.enter(' "a secret"', /'a secret'/)
      terminal.type('.exit\r')
      await terminal.end()
    }
    expect(statSync(folder.file('history')).mode & 0o777).toBe(0o600)
    expect(readFileSync(folder.file('history'), 'utf8')).not.toContain('secret')
    using terminal = new RealTerminal(echo, { env })
    await terminal.prompt()
    await terminal.type(up + up).until(/> "pear"$/)
    await terminal.type(`${ctrl('u')}let${up}`).until(/> let apple = 1$/)
    await terminal.type(`${down}${ctrl('u')}${ctrl('r')}ap`).until(/> let apple = 1\nsearch: ap_$/)
    await terminal.type('\x07').prompt()
    await terminal.type(`${ctrl('r')}pea`).until(/search: pea_$/)
    await terminal.type('\r').until(/\n'pear'\n> $/)
  })

  test('Ctrl-C in a tight loop ends the cell and keeps the session; lines typed ahead are dropped, and it says so', async () => {
    using terminal = new RealTerminal(echo)
    await terminal.prompt()
    terminal.type('console.log("be" + "gun"); while (true) {}\r')
    await terminal.until(/\nbegun/)
    terminal.type('"typed" + " ahead"\r"and another"\r')
    await terminal.type(ctrl('c')).until(/\^C\nINTERRUPTED: [^]*\n2 lines typed ahead were dropped\n> $/)
    await terminal.enter('6 * 7', /\n42\n/)
    expect(terminal.text).not.toContain('typed ahead\'')
  })

  test('Ctrl-C while waiting for answers ends the cell at once, keeps what cells had defined, and tells how many answers had come', async () => {
    const asked: string[] = []
    await using server = await openOpenAiServer(({ prompt }) => {
      asked.push(prompt)
      return prompt.startsWith('hold') ? 'SILENCE' : prompt
    })
    using terminal = new RealTerminal(['-m', 'compatible/model', '--concurrency', '8'], { env: { REPLM_BASE_URL: `${server.url}/v1` } })
    await terminal.until(/compatible\/model answers/)
    await terminal.prompt()
    await terminal.enter('let kept = 5', /> $/)
    terminal.type('await llmBatchQuery(["a", "b", "c", "hold 1", "hold 2"])\r')
    await terminal.until(/\n3\/5 · .* left · 36 tokens · price unknown$/)
    expect(asked.toSorted()).toEqual(['a', 'b', 'c', 'hold 1', 'hold 2'])
    await terminal.type(ctrl('c')).until(/\nINTERRUPTED: The cell was interrupted\n3 finished answers are kept: run the cell again, and only the rest is bought\n> $/)
    // The live line is gone.
    expect(terminal.text).not.toContain('3/5')
    await server.until(() => server.left.length === 2)
    await terminal.enter('kept', /\n5\n/)
    await terminal.enter('_error.slots.filter(({ ok }) => ok).map(({ text }) => text).join()', /\n'a,b,c'\n/)
  })

  test('a cell that was interrupted is run again, also after others, and only the rest is asked', async () => {
    const asked: string[] = []
    await using server = await openOpenAiServer(({ prompt }) => {
      asked.push(prompt)
      return prompt === 'hold' && asked.filter((each) => each === 'hold').length === 1 ? 'SILENCE' : prompt
    })
    using terminal = new RealTerminal(['-m', 'compatible/model'], { env: { REPLM_BASE_URL: `${server.url}/v1` } })
    await terminal.prompt()
    terminal.type('await llmBatchQuery(["a", "hold"])\r')
    await terminal.until(/\n1\/2 · /)
    await terminal.type(ctrl('c')).until(/\n1 finished answer is kept: run the cell again, and only the rest is bought\n> $/)
    await terminal.enter('_error.slots[0].text', /\n'a'\n/)
    await terminal.enter('await llmBatchQuery(["a", "hold"])', /\n\[ 'a', 'hold' \]\n/)
    expect(asked).toEqual(['a', 'hold', 'hold'])
  })

  test('Ctrl-C while a session is brought back stops that, and says what is not there', async () => {
    using terminal = new RealTerminal(echo)
    await terminal.prompt()
    await terminal.enter('let kept = 5', /> $/)
    // It takes seconds in every sandbox.
    await terminal.enter('let sum = 0; for (let i = 0; i < 1_000_000_000; i++) sum += i % 7; 7', /\n7\n/)
    terminal.type('console.log("in"); for (;;);\r')
    await terminal.until(/\nin\n?$/)
    await terminal.type(ctrl('c')).until(/\nINTERRUPTED: .* is\s+gone\n> $/s)
    await terminal.type('kept\r').until(/bringing the session back; Ctrl-C stops that$/)
    await terminal.type(ctrl('c')).until(/\n\^C\nINTERRUPTED: The cell was interrupted\n> $/)
    await terminal.enter('kept', /Session rebuilt: 1 cell.*not brought back: .*its replay was stopped.*\n5\n/s)
  }, 90_000)

  test('lines typed ahead run one after another', async () => {
    using terminal = new RealTerminal(echo)
    await terminal.prompt()
    terminal.type('let order = []; await sleep(300); order.push(1)\rawait sleep(50); order.push(2)\rorder.push(3); order.join()\r')
    await terminal.until(/\n> let order.*\n1\n> await sleep.*\n2\n> order\.push.*\n'1,2,3'\n> $/)
  })

  test('Ctrl-C drops a line; twice at an empty prompt, or Ctrl-D, leaves', async () => {
    using terminal = new RealTerminal(echo)
    await terminal.prompt()
    await terminal.type(`half a line${ctrl('c')}`).until(/> half a line\^C\n> $/)
    await terminal.type(ctrl('c')).until(/\(Ctrl-C again, or Ctrl-D, leaves\)\n> $/)
    await terminal.enter('1', /\n1\n/)
    await terminal.type(ctrl('c')).until(/1\n> \(Ctrl-C again, or Ctrl-D, leaves\)\n> $/)
    terminal.type(ctrl('c'))
    expect(await terminal.end()).toBe(0)
    using other = new RealTerminal(echo)
    await other.prompt()
    other.type(ctrl('d'))
    expect(await other.end()).toBe(0)
    expect(other.screen.isBracketed).toBe(false)
  })

  test('a paste of 200 lines waits for Enter and is one cell; without the marks of a paste its lines run one after another', async () => {
    using terminal = new RealTerminal(echo)
    await terminal.until(({ isBracketed, text }) => isBracketed && text.endsWith('> '))
    const lines = Array.from({ length: 200 }, (_, index) => `total += ${index}; // line ${index}`)
    await terminal.enter('let total = 0', /> $/)
    await terminal.paste(`${lines.join('\n')}\n`).until(/200 lines pasted: Enter runs them, Ctrl-C drops them$/)
    await terminal.type('\r').until(/… total \+= 199; \/\/ line 199\n… \n19900\n> $/)
    expect(terminal.text.match(/\/\/ line \d+\n/g)).toHaveLength(200)
    terminal.type(`${lines.join('\r')}\r`)
    await terminal.until(/> total \+= 199; \/\/ line 199\n39800\n> $/)
  })

  test('.editor takes lines as they are until Ctrl-D', async () => {
    using terminal = new RealTerminal(echo)
    await terminal.prompt()
    terminal.type('.editor\r')
    await terminal.until(/Ctrl-D runs what you write, Ctrl-C drops it\n$|Ctrl-C drops it$/)
    terminal.type(`let a = 1\rlet b = 2\r\ra + b\r${ctrl('d')}`)
    await terminal.until(/let a = 1\nlet b = 2\n\na \+ b\n\n3\n> $/)
    terminal.type('.editor\rnot run')
    await terminal.until(/not run$/)
    await terminal.type(ctrl('c')).until(/not run\^C\n> $/)
    await terminal.enter('a', /\n1\n/)
  })

  test('large output is cut, with the way to the rest', async () => {
    using folder = makeFolder({})
    using terminal = new RealTerminal(echo, { cwd: folder.path })
    await terminal.prompt()
    await terminal.enter('Array.from({ length: 150 }, (_, i) => ({ item: i, text: "word ".repeat(8) }))', /item: 9,[^]*… \d+ more lines: \.more shows them, \.more FILE writes all of it/)
    expect(terminal.text).not.toContain('item: 60,')
    await terminal.enter('.more', /item: 30,/)
    await terminal.enter('.more all', /item: 99,/)
    await terminal.enter('.more', /item: 0,/)
    await terminal.enter('.more whole.txt', /whole\.txt: [\d,]+ bytes/)
    expect(readFileSync(folder.file('whole.txt'), 'utf8')).toContain('item: 149')
    await terminal.enter('.more whole.txt', /is there already/)
    await terminal.enter('for (let line = 0; line < 5_000; line++) console.log("printed", line)', /printed 400\n[^]*there is more, which is kept: \.more shows it/)
    expect(terminal.text).not.toContain('printed 600')
    await terminal.enter('.more', /printed 501/)
    await terminal.enter('"x".repeat(9_000)', /… \d+ more line: \.more shows/)
  })

  test('what a program, an error or a document is called cannot steer the terminal', async () => {
    using folder = makeFolder({ '\x1b[2Jname.txt': 'x' })
    using terminal = new RealTerminal(echo, { cwd: folder.path })
    await terminal.prompt()
    await terminal.enter('.load *.txt', /docs\[0\] .*\\x1b\[2Jname\.txt/)
    await terminal.enter('console.log("\\x1b[2J", "\\u202e"); ({ ["\\x1b]0;owned\\x07"]: "\\x9b31m" })', /\\x1b\[2J \\u202e/)
    await terminal.enter('throw new Error("\\x1b[2J\\x1b[H")', /CELL: Error: \\x1b\[2J\\x1b\[H/)
    await terminal.enter('var odd = "\\x1b[2J"', /> $/)
    await terminal.enter('.vars', /odd +string +'\\x1b\[2J'|odd +string +'\\x1B\[2J'/)
    // Pasted, too: the text is shown, and spelt out where it would steer.
    await terminal.paste('"\u009b2J\u202e".length').until(/> "\\x9b2J\\u202e"\.length$/)
    await terminal.type('\r').until(/\n4\n> $/)
  })

  test('at 40 columns nothing is out of place: long lines, wide characters, help, and the window changing', async () => {
    using terminal = new RealTerminal(echo, { columns: 40, rows: 24 })
    await terminal.prompt()
    await terminal.enter('.help', /\.break/)
    // It fits the screen, and no line of it wraps.
    expect(terminal.screen.rows.slice(0, -1).every((row) => row.length < 40)).toBe(true)
    expect(terminal.screen.rows.join('\n')).toMatch(/llmQuery[^]*\.exit/)
    const long = `"${'abcdefghij'.repeat(7)}日本語".length`
    await terminal.type(long).until(({ text }) => text.endsWith(`> ${long}`))
    await terminal.type(`${ctrl('a')}X${ctrl('e')}`).until(({ text }) => text.endsWith(`> X${long}`))
    await terminal.resize(60, 24)
    await terminal.type('Y').until(({ text }) => text.endsWith(`> X${long}Y`))
    expect(terminal.text.match(/> X"abc/g)).toHaveLength(1)
    await terminal.resize(30, 24)
    await terminal.type(`\x7f${ctrl('a')}\x1b[3~`).until(({ text }) => text.endsWith(`> ${long}`))
    expect(terminal.text.match(/> X?"abc/g)).toHaveLength(1)
    await terminal.type('\r').until(/\n73\n> $/)
    // Node's own editing throws at the next one: Up in a cell with a line that wraps.
    terminal.type(`function wraps() { // ${'a long comment '.repeat(4)}\rreturn "${'far '.repeat(15)}" }`)
    await terminal.until(/far " }$/)
    await terminal.type(`${up}${up}${ctrl('e')}!${down}${ctrl('e')}`).until(/comment !\n… return/)
    await terminal.type('\r').until(/far " }\n> $/)
    await terminal.enter(`${' '.repeat(60)}; throw new Error("far to the right")`, /\n {4}….*throw.*\n {4} *\^\n/)
  })

  test('a line of 10,000 characters is edited, run and recalled', async () => {
    using terminal = new RealTerminal(echo)
    await terminal.prompt()
    const text = 'x'.repeat(10_000)
    terminal.paste(`"${text}".length`)
    await terminal.type('\r').until(/\n10002?\n|\n10000\n> $/)
    await terminal.type(up).until(/x"\.length$/)
    await terminal.type(' + 1\r').until(/\n10001\n> $/)
  })

  test('colours obey NO_COLOR, and a dumb terminal gets plain lines', async () => {
    using coloured = new RealTerminal(echo)
    await coloured.prompt()
    await coloured.enter('({ a: 1, b: "text" })', /{ a: 1, b: 'text' }/)
    expect(coloured.screen.colours).toBeGreaterThan(4)
    using plain = new RealTerminal(echo, { env: { NO_COLOR: '1' } })
    await plain.prompt()
    await plain.enter('({ a: 1, b: "text" })', /{ a: 1, b: 'text' }/)
    await plain.enter('throw new Error("no")', /CELL: Error: no/)
    expect(plain.screen.colours).toBe(0)
    using dumb = new RealTerminal(echo, { env: { TERM: 'dumb' } })
    await dumb.until(/> $/)
    await dumb.type('function f() {\r').until(/\n\.\.\. $/)
    await dumb.type('return 7 }\r').until(/\n> $/)
    await dumb.type('f()\r').until(/\n7\n> $/)
    expect([dumb.screen.colours, dumb.screen.isBracketed]).toEqual([0, false])
  })

  test('commands show and change what holds', async () => {
    using folder = makeFolder({ 'a.txt': 'one\ntwo\n', 'b.txt': 'three' })
    using terminal = new RealTerminal([...echo, '--max-queries', '1'], { cwd: folder.path })
    await terminal.prompt()
    await terminal.enter('.docs', /No documents yet/)
    await terminal.enter('.load *.txt', /docs\[0\] .*a\.txt · 8 B · 2 lines[^]*docs\[1\] .*b\.txt[^]*2 documents · 13 B · 3 lines[^]*try: /)
    await terminal.enter('.load /nowhere/*.txt', /NOT_FOUND: /)
    await terminal.enter('await llmQuery("first")', /'first'\n1 question · \d+ tokens · \$0\.00/)
    await terminal.enter('await llmQuery("second")', /BUDGET: /)
    await terminal.enter('.budget', /queries: 0 left of 1/)
    await terminal.enter('.budget queries 5', /queries: 4 left of 5/)
    await terminal.enter('.model sim/extract', /sim\/extract answers from now on/)
    await terminal.enter('await llmQuery("Who barks? A dog barks. A cat purrs.")', /'A dog barks\.'/)
    await terminal.enter('.model', /sim\/extract answers[^]*openai\/\S+ · needs OPENAI_API_KEY/)
    await terminal.enter('.model nothing', /CONFIG: Expected `\.model` to be `provider\/model`/)
    await terminal.enter('.dispatch pool', /Questions go pool/)
    await terminal.enter('.dispatch elsewhere', /CONFIG: Expected `dispatch`/)
    await terminal.enter('.cost', /3 questions · [^]*queries: 3 left of 5/)
    await terminal.enter('var shown = [1, 2]', /> $/)
    await terminal.enter('.vars', /shown +Array +\[ 1, 2 \]/)
    await terminal.enter('.sessions', /[0-9a-f]{8}\S*  now · .* · this one/)
    await terminal.enter('.resume', /No cell of this session was cut off/)
    await terminal.enter('.resume nowhere', /NOT_FOUND: There is no session "nowhere"/)
    await terminal.enter('.nothing', /There is no command \.nothing; \.help lists/)
    await terminal.enter('.5 + 1', /\n1\.5\n/)
  })

  test('.resume takes a name, or the beginning of an id', async () => {
    using folder = makeFolder({ 'first.ts': 'var kept = 5' })
    const store = ['--store', 'sessions.db', ...echo]
    const { stdout } = await replm(['run', 'first.ts', '--session', 'mine', '--json', ...store], { cwd: folder.path })
    const { session } = JSON.parse(stdout) as { readonly session: string }
    using terminal = new RealTerminal(store, { cwd: folder.path })
    await terminal.prompt()
    await terminal.enter(`.resume ${session.slice(0, -1)}`, /In session mine, 1 cell,/)
    await terminal.enter('kept + 1', /\n6\n/)
    await terminal.enter('.resume mine', /No cell of this session was cut off/)
  })

  test('a prompt that was killed is spoken of by the next one, and its cell goes on there', async () => {
    using folder = makeFolder({})
    const asked: string[] = []
    await using server = await openOpenAiServer(({ prompt }) => {
      asked.push(prompt)
      return prompt === 'hold' && asked.filter((each) => each === 'hold').length === 1 ? 'SILENCE' : prompt
    })
    const words = ['--store', 'sessions.db', '-m', 'compatible/model']
    const options = { cwd: folder.path, env: { REPLM_BASE_URL: `${server.url}/v1` } }
    {
      using terminal = new RealTerminal(words, options)
      await terminal.prompt()
      await terminal.enter('var kept = await llmQuery("once")', /> $/)
      terminal.type('kept + " " + await llmBatchQuery(["a", "hold"])\r')
      await terminal.until(/\n1\/2 · /)
      const { stdout } = await replm(['sessions', 'list', '--json', '--store', 'sessions.db'], { cwd: folder.path })
      const { sessions } = JSON.parse(stdout) as { readonly sessions: readonly { readonly owner: { readonly pid: number } }[] }
      for (const { owner } of sessions) process.kill(owner.pid, 'SIGKILL')
      await terminal.end()
    }
    using terminal = new RealTerminal(words, options)
    await terminal.until(/A session was cut off now; \.resume [0-9a-f-]+ goes on in it\n> $/)
    const [, id = ''] = /\.resume ([0-9a-f-]+)/.exec(terminal.text) ?? []
    await terminal.enter(`.resume ${id}`, /The last cell was cut off when its process ended: kept/)
    await terminal.enter('.resume', /\n'once a,hold'\n/)
    await terminal.enter('kept', /\n'once'\n/)
    expect(asked).toEqual(['once', 'a', 'hold', 'hold'])
  })

  test('.save writes a script that runs and gives the same', async () => {
    using folder = makeFolder({ 'a.txt': 'text' })
    using terminal = new RealTerminal(['a.txt', ...echo], { cwd: folder.path })
    await terminal.until(/docs\[0\] .*a\.txt · 4 B[^]*> $/)
    await terminal.enter('.save out.ts', /There is nothing to save yet/)
    await terminal.enter('const n: number = 1', /> $/)
    await terminal.enter('throw new Error("left out")', /CELL/)
    await terminal.enter('const n = (await llmQuery(context)).length', /> $/)
    await terminal.enter('(n * 10)', /\n40\n/)
    await terminal.enter('.save out.ts', /out\.ts: 3 of 4 cells; `replm run out\.ts -c .*a\.txt -m sim\/echo` runs it/)
    await terminal.enter('.save a.txt', /a\.txt is there already: name another file/)
    await terminal.enter('.save out.ts', /3 of 4 cells/)
    const { stdout, code } = await replm(['run', 'out.ts', '-c', 'a.txt', ...echo], { cwd: folder.path })
    expect([stdout, code]).toEqual(['40\n', 0])
  })

  test('with its output in a pipe there is no prompt, no live line and no colour', async () => {
    using folder = makeFolder({})
    writeFileSync(folder.file('in'), 'await llmBatchQuery(["a", "b"])\n')
    using terminal = new RealTerminal(echo, { redirect: `< '${folder.file('in')}' 2>/dev/null | cat` })
    expect(await terminal.end()).toBe(0)
    expect([terminal.text, terminal.screen.colours, terminal.screen.isBracketed]).toEqual(["[ 'a', 'b' ]", 0, false])
  })
})
