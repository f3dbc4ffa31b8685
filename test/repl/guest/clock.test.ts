import { describe, expect, test } from 'vitest'
import { openGuest } from './openGuest.ts'
import { shownByNode, tried } from './shownByNode.ts'

const guest = openGuest()
const alike = (body: string) => expect(guest.show(tried(body), { depth: 4 })).toBe(shownByNode(tried(body)))

describe('Date is what it was', () => {
  test.each([
    "return [Date.length, Date.name, Date.now.name, Date.now.length, Date.UTC(2000, 1), Date.parse('2020-01-01'), new Date(2020, 1, 1).getMonth(), typeof Date(), Date.prototype.constructor === Date, new Date(0) instanceof Date]",
    'class X extends Date { foo() { return 1 } }; const x = new X(5); return [x.foo(), x instanceof X, x instanceof Date, x.getTime(), Object.getPrototypeOf(X) === Date]',
    'return Reflect.construct(Date, [5], Object).constructor.name',
    "return [new Date(NaN).getTime(), new Date('x') + '', new Date(undefined) + '', new Date(null).getTime(), new Date(new Date(7)).getTime()]",
    'return Date.prototype.getTime.call({})',
    'return Object.getOwnPropertyNames(Date).sort()',
    'Date.x = 1; const r = Date.x; delete Date.x; return r',
    "return new Intl.DateTimeFormat('en', {timeZone: 'UTC'}).format(0)",
    "const f = new Intl.DateTimeFormat('en'); return [f.format === f.format, f.format.name, f.format.length, typeof f.format(), f.formatToParts().length > 3]",
    'return Intl.DateTimeFormat.prototype.format',
    "return [Temporal.Now.instant() instanceof Temporal.Instant, typeof Temporal.Now.plainTimeISO().hour, Temporal.Now.plainDateTimeISO('UTC') instanceof Temporal.PlainDateTime]",
    "return Temporal.Now.zonedDateTimeISO('Nowhere/Land')",
  ])('%s', alike)
})

describe('every reading of time comes from one source', () => {
  const wall = Date.UTC(2031, 4, 6, 7, 8, 9, 123)
  const own = openGuest()
  own.isolate.export('freezeClock')([wall])

  test.each([
    'new Date().getTime()', 'Date.now()', 'Date.parse(Date()) + 123', 'new (class extends Date {})().getTime()', 'Reflect.construct(Date, []).getTime()', '(() => { const D = new Date().constructor; return D.now() })()',
    'Temporal.Now.instant().epochMilliseconds', 'Temporal.Now.zonedDateTimeISO().epochMilliseconds',
    "Temporal.Now.plainDateTimeISO('UTC').toZonedDateTime('UTC').epochMilliseconds",
    "Temporal.Now.plainDateISO('UTC').toZonedDateTime({timeZone: 'UTC', plainTime: Temporal.Now.plainTimeISO('UTC')}).epochMilliseconds",
    'performance.timeOrigin + 1',
  ])('%s', (program) => {
    expect(own.cross(program)).toBe(wall)
  })

  test.each([
    ["new Intl.DateTimeFormat('en', {timeZone: 'UTC'}).format()", '5/6/2031'],
    ["new Intl.DateTimeFormat('en', {timeZone: 'UTC'}).format(undefined)", '5/6/2031'],
    ["[0].map(() => undefined).map(new Intl.DateTimeFormat('en', {timeZone: 'UTC'}).format)[0]", '5/6/2031'],
    ["new Intl.DateTimeFormat('en', {timeZone: 'UTC'}).formatToParts().map((p) => p.value).join('')", '5/6/2031'],
    ["new Intl.DateTimeFormat('en', {timeZone: 'UTC'}).format(0)", '1/1/1970'],
  ])('%s', (program, text) => {
    expect(own.cross(program)).toBe(text)
  })

  test('performance.now goes on in steps of 0.1 ms', () => {
    const [first, second] = own.cross('[performance.now(), performance.now()]') as [number, number]
    expect(second - first).toBeCloseTo(0.1)
    expect(guest.cross('Array.from({length: 1000}, () => performance.now() * 10).every((tenths) => Math.abs(tenths - Math.round(tenths)) < 1e-6)')).toBe(true)
  })

  test('the time of an event is among them', () => {
    expect(Math.round((own.cross("new Event('x').timeStamp") as number) * 10) % 1).toBe(0)
  })
})

test('nothing is left that waits for time by itself', () => {
  expect(guest.show("['wait', 'waitAsync'].filter((name) => name in Atomics)")).toBe('[]')
})
