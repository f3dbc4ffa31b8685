/** A text in; the SPDX identifier of the licence it is, known by phrases that no other has, out. */

interface Licence {
  readonly id: string
  /** In lower case, with single spaces; all of them stand in the text. */
  readonly phrases: readonly string[]
  readonly without?: string
  /** Changed versions have to be given away under it, too. */
  readonly copyleft?: true
}

/** Identifiers of https://spdx.org/licenses/. */
const licences: readonly Licence[] = [
  { id: 'Apache-2.0', phrases: ['apache license', 'version 2.0'] },
  { id: 'MPL-2.0', phrases: ['mozilla public license', '2.0'], copyleft: true },
  { id: 'AGPL-3.0', phrases: ['gnu affero general public license', 'version 3'], copyleft: true },
  { id: 'LGPL-3.0', phrases: ['gnu lesser general public license', 'version 3'], copyleft: true },
  { id: 'LGPL-2.1', phrases: ['gnu lesser general public license', 'version 2.1'], copyleft: true },
  { id: 'GPL-3.0', phrases: ['gnu general public license', 'version 3'], copyleft: true },
  { id: 'GPL-2.0', phrases: ['gnu general public license', 'version 2'], without: 'version 3', copyleft: true },
  { id: 'EPL-2.0', phrases: ['eclipse public license', '2.0'], copyleft: true },
  { id: 'BSL-1.0', phrases: ['boost software license'] },
  { id: 'CC0-1.0', phrases: ['cc0 1.0'] },
  { id: 'CC-BY-4.0', phrases: ['attribution 4.0 international'] },
  { id: 'Unlicense', phrases: ['this is free and unencumbered software'] },
  { id: 'BlueOak-1.0.0', phrases: ['blue oak model license'] },
  { id: 'Python-2.0', phrases: ['python software foundation license'] },
  { id: 'Zlib', phrases: ['altered source versions must be plainly marked'] },
  { id: 'WTFPL', phrases: ['do what the fuck you want'] },
  { id: 'ISC', phrases: ['with or without fee is hereby granted', 'provided that the above copyright notice'] },
  { id: '0BSD', phrases: ['with or without fee is hereby granted'], without: 'provided that the above copyright notice' },
  { id: 'BSD-3-Clause', phrases: ['redistributions of source code must retain', 'neither the name'] },
  { id: 'BSD-2-Clause', phrases: ['redistributions of source code must retain'], without: 'neither the name' },
  { id: 'MIT', phrases: ['permission is hereby granted, free of charge', 'this permission notice'] },
  { id: 'MIT-0', phrases: ['permission is hereby granted, free of charge'], without: 'this permission notice' },
]

/** Of several, the one that begins first. Else what the text names itself: an SPDX line, a `"license"` entry, or its title. */
export function findLicence(text: string): string | undefined {
  const flat = text.toLowerCase().replace(/[\s*#>/]+/g, ' ')
  const found = licences
    .filter(({ phrases, without }) => phrases.every((phrase) => flat.includes(phrase)) && (without === undefined || !flat.includes(without)))
    .map(({ id, phrases }) => ({ id, at: flat.indexOf(phrases[0]!) }))
    .toSorted((a, b) => a.at - b.at)
  if (found[0] !== undefined) return found[0].id
  const named = /SPDX-License-Identifier:\s*([\w.+-]+)/i.exec(text) ?? /"licen[cs]e"\s*:\s*"([^"]{1,60})"/i.exec(text)
  if (named !== null) return named[1]!
  const title = /^[^\p{L}\n]{0,10}(?:the\s+)?([\p{L}\p{N}][\p{L}\p{N} .+-]{0,50}?)\s+licen[cs]e\b/imu.exec(text.slice(0, 1_000))
  return title === null ? undefined : title[1]!.trim()
}

/** Whether a licence by that identifier is copyleft; undefined where it is not known here. */
export function isCopyleft(id: string): boolean | undefined {
  const licence = licences.find((one) => one.id === id)
  return licence === undefined ? undefined : licence.copyleft === true
}
