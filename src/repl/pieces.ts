/** A text for the guest in; the same in pieces that isolated-vm copies, out. What is longer it lends the guest instead, and V8 keeps what is lent until the guest's whole heap is collected next. */

/** Copied are texts of less than 1,024 bytes, of one or two to a unit. */
const pieceUnits = 511

export function piecesOf(text: string): readonly string[] {
  const pieces: string[] = []
  for (let from = 0; from < text.length; from += pieceUnits) pieces.push(text.slice(from, from + pieceUnits))
  return pieces
}
