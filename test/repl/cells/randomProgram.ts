/** A seed in; a random program of statements that ends soon, out. Its value is a number, a function, or undefined. */

interface Place {
  readonly depth: number
  /** Labels of the statements around, and whether each is a loop's. */
  readonly labels: readonly { readonly name: string; readonly isLoop: boolean }[]
  readonly isInLoop: boolean
  readonly isBreakable: boolean
}

export function randomProgram(seed: number): string {
  let state = seed * 2_654_435_761 + 1
  let names = 0
  const next = (below: number): number => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b_3c6d) + 0x9e37_79b9) | 0
    return ((state ^ (state >>> 13)) >>> 0) % below
  }
  const pick = <T>(items: readonly T[]): T => items[next(items.length)] as T
  const flag = () => pick(['true', 'false'])

  function list(place: Place): string {
    return Array.from({ length: 1 + next(3) }, () => statement(place)).join(pick(['\n', ' ']))
  }

  function block(place: Place): string {
    return `{ ${list({ ...place, depth: place.depth - 1 })} }`
  }

  function body(place: Place): string {
    return next(3) === 0 ? single({ ...place, depth: place.depth - 1 }) : block(place)
  }

  /** A statement that may stand alone behind `if (x)`. */
  function single(place: Place): string {
    const text = statement(place)
    return /^(let|const|function|class) /.test(text) ? `{ ${text} }` : text
  }

  function loop(place: Place, labels: Place['labels'] = place.labels): string {
    const inside = { ...place, labels, isInLoop: true, isBreakable: true }
    const name = `n${++names}`
    switch (next(5)) {
      case 0: return `for (let ${name} = 0; ${name} < ${next(4)}; ${name}++) ${body(inside)}`
      case 1: return `for (var ${name} of [1, 2].slice(${next(3)})) ${body(inside)}`
      case 2: return `for (const ${name} in { a: 1, b: 2 }) ${body(inside)}`
      case 3: return `do ${body(inside)} while (globalThis.${name} = (globalThis.${name} ?? 0) + 1, globalThis.${name} < 3);`
      default: return `while (globalThis.${name} = (globalThis.${name} ?? 0) + 1, globalThis.${name} < 3) ${body(inside)}`
    }
  }

  function leave(place: Place): string {
    const targets = [
      ...(place.isBreakable ? ['break;'] : []),
      ...(place.isInLoop ? ['continue;'] : []),
      ...place.labels.flatMap(({ name, isLoop }) => [`break ${name};`, ...(isLoop ? [`continue ${name};`] : [])]),
    ]
    return targets.length === 0 ? ';' : pick(targets)
  }

  function labelled(place: Place): string {
    const name = `l${++names}`
    if (next(2) === 0) return `${name}: ${loop(place, [...place.labels, { name, isLoop: true }])}`
    return `${name}: ${single({ ...place, depth: place.depth - 1, labels: [...place.labels, { name, isLoop: false }] })}`
  }

  function attempt(place: Place): string {
    const inner = next(3) === 0 ? `{ ${list({ ...place, depth: place.depth - 1 })} throw 0 }` : block(place)
    switch (next(3)) {
      case 0: return `try ${inner} catch ${block(place)}`
      case 1: return `try ${inner} catch (e) ${block(place)} finally ${block(place)}`
      default: return `try ${inner.replace(/throw 0 }$/, '}')} finally ${block(place)}`
    }
  }

  function choice(place: Place): string {
    const inside = { ...place, depth: place.depth - 1, isBreakable: true }
    const clauses = Array.from({ length: 1 + next(3) }, (_, index) => `case ${index}: ${next(4) === 0 ? '' : list(inside)} ${next(2) === 0 ? 'break;' : ''}`)
    if (next(2) === 0) clauses.splice(next(clauses.length + 1), 0, `default: ${list(inside)}`)
    return `switch (${next(4)}) { ${clauses.join(' ')} }`
  }

  function statement(place: Place): string {
    if (place.depth <= 0 || next(3) === 0) {
      switch (next(9)) {
        case 0: return ';'
        case 1: return `var v${next(5)} = ${next(100)};`
        case 2: return `let v${100 + ++names} = 1;`
        case 3: return `function f${++names}() {}`
        case 4: return `class C${++names} {}`
        case 5: return leave(place)
        default: return `${next(1_000)};`
      }
    }
    switch (next(9)) {
      case 0: return block(place)
      case 1: return `if (${flag()}) ${body(place)}`
      case 2: return `if (${flag()}) ${body(place)} else ${body(place)}`
      case 3: return `if (${flag()}) ${leave(place)}`
      case 4: return labelled(place)
      case 5: return attempt(place)
      case 6: return choice(place)
      case 7: return `with ({}) ${block(place)}`
      default: return loop(place)
    }
  }

  return list({ depth: 4, labels: [], isInLoop: false, isBreakable: false })
}
