/** A seed in; programs that give values of all kinds, nested at random, out. */

const texts = [
  '', 'a', 'hello world', "it's", 'say "hi"', 'both \' and "', '`', '${x}', 'x'.repeat(90), 'line\nbreak', 'a\tb\\c', '日本語テキスト', '😀😀', '\u0007', 'é'.repeat(30), 'long '.repeat(20), 'one\ntwo '.repeat(15), '\ud800',
  'a\u200bb', '\u001b[31mred\u001b[0m',
]
const keys = ['a', 'b', 'foo', 'bar_baz', '$x', 'a-b', '1', '42', '', 'with space', 'é', "q'q", 'length', 'name', 'constructor', 'aRatherLongNameOfAProperty']

export function* anyValue(seed: number, count: number): Generator<string> {
  let state = seed
  const random = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32
  const below = (most: number) => Math.floor(random() * most)
  const one = <T>(list: readonly T[]): T => list[below(list.length)] as T
  const text = () => JSON.stringify(one(texts))
  const primitive = () => one([() => `${below(1_000)}`, () => `${random() * 1e6}`, () => '-0', () => 'NaN', () => 'null', () => 'undefined', () => 'true', () => `${below(1e6)}n`, () => `Symbol(${text()})`, text, text, () => `${-below(50)}`])()
  const many = (most: number, item: () => string) => Array.from({ length: below(most) }, item).join(', ')
  const value = (depth: number): string => {
    if (depth <= 0 || random() < 0.3) return primitive()
    const inner = () => value(depth - 1)
    return one([
      () => `[${many(12, inner)}]`,
      () => `[${many(40, primitive)}]`,
      () => `[${many(30, () => `${below(10 ** below(6))}`)}]`,
      () => `[${many(30, text)}]`,
      () => `[${many(6, () => (random() < 0.4 ? '' : inner()))},,]`,
      () => `Object.assign([${many(6, inner)}], {extra: ${inner()}})`,
      () => `({${many(6, () => `[${JSON.stringify(one(keys))}]: ${inner()}`)}})`,
      () => `({${many(12, () => `[${JSON.stringify(one(keys))}]: ${primitive()}`)}})`,
      () => `Object.create(null, {x: {value: ${inner()}, enumerable: ${random() < 0.7}}})`,
      () => `new (class Foo { a = ${inner()}; b = ${inner()} })`,
      () => `new (class Bar extends ${one(['Map', 'Set', 'Array', 'Object'])} {})`,
      () => `new Map([${many(5, () => `[${inner()}, ${inner()}]`)}])`,
      () => `new Set([${many(6, inner)}])`,
      () => `new Date(${below(2e9) * 1_000})`,
      () => `new ${one(['Uint8Array', 'Float64Array', 'Int16Array'])}([${many(20, () => `${below(300)}`)}])`,
      () => `new ArrayBuffer(${below(20)})`,
      () => `Object(${one(['1', '"s"', 'true', '5n', '-0'])})`,
      () => `/${one(['a', 'b+', '[x]'])}/${one(['', 'g', 'gi'])}`,
      () => one(['(class A {})', '(class extends Array {})', '(function f() {})', '(() => {})', '(async function* () {})']),
      () => `({get a() { return 1 }, x: ${inner()}})`,
      () => `((o) => (o.self = o, o))({a: ${inner()}})`,
      () => `((list) => (list.push(list), list))([${many(4, inner)}])`,
      () => `((shared) => [shared, {shared}])(${inner()})`,
      () => `new Proxy(${one(['{}', '[1, 2]', '{a: {b: {c: {}}}}'])}, {})`,
    ])()
  }
  for (let made = 0; made < count; made++) yield `(${value(4)})`
}
