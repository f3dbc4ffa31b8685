/** Names of packages that run inside the guest; file paths out. */

/** Files of the packages that the guest's runtime imports, by specifier. */
export const guestPackages: Readonly<Record<string, string>> = Object.freeze({})
