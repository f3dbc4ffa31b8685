// Writes the log of a shop that does not exist, of as many lines as it is told; the same ones every time.
//
//   node examples/log.mjs 200000 | gzip > shop.log.gz

const lines = Number(process.argv[2] ?? 100_000)

/** The same numbers everywhere: xorshift. */
let state = 42
function random(below) {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 0) % below
}

const usual = [
  () => `INFO  web    GET /products/${random(5_000)} 200 in ${random(90)} ms`,
  () => `INFO  web    POST /basket 201 in ${random(120)} ms`,
  () => `DEBUG cache  ${['hit', 'miss'][random(2)]} product:${random(5_000)}`,
  () => `INFO  mail   sent receipt ${random(1e6)} to a customer`,
  () => `WARN  web    slow request: GET /search took ${1_000 + random(900)} ms`,
]
const unusual = [
  () => `ERROR pay    card payment ${random(1e6)} failed: the bank closed the connection after 30000 ms`,
  () => `ERROR stock  product ${random(5_000)} has ${-1 - random(4)} pieces left: two orders took the last one`,
  () => `ERROR mail   receipt ${random(1e6)} was refused: the mailbox does not exist`,
  () => `FATAL db     disk /dev/sd${'abcd'[random(4)]} is full: the write of page ${random(1e7)} was lost`,
]

/** Lines that are written in one go. */
const atOnce = 5_000
for (let line = 0; line < lines; ) {
  let text = ''
  for (const end = Math.min(lines, line + atOnce); line < end; line += 1) {
    const time = new Date(Date.UTC(2026, 0, 1) + line * 250).toISOString()
    text += `${time} ${(random(400) === 0 ? unusual[Math.min(random(4), random(4))] : usual[random(5)])()}\n`
  }
  if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once('drain', resolve))
}
