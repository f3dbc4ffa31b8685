/** How much an engine keeps of one job. Imports nothing. */

/** Of an input, and of a result, in UTF-16 units of JSON. */
export const maxJsonUnits = 64 * 1024 * 1024

/** Of what a person is to look at. */
export const maxRequestUnits = 16 * 1024 * 1024

/** Of the words around it. */
export const maxRequestHeadUnits = 64 * 1024

/** What handlers tell: a program that prints a million lines does not fill the disk. */
export const maxToldEvents = 10_000
export const maxToldUnits = 16 * 1024 * 1024

/** Of one event; a bigger one is told without its data. */
export const maxEventUnits = 1024 * 1024

/** Progress is told so often at most, in milliseconds; half as often after every thousand times: a job that runs for a year has some ten thousand of them. */
export const progressEveryMs = 250
export const progressEventsPerRate = 1_000

/** Of the words of a step, and of the message and the stack of an error. */
export const maxStepUnits = 1_000
export const maxErrorUnits = 64 * 1024
