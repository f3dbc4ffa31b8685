/** What a script's session holds: one cell, under this id whatever its file is called. */

/** Stable name of a script's cell. */
export const scriptCell = 'main'
