/** Nothing in; zod, of which one schema gives a check, a type and a part of the OpenAPI document, out. The only importer of it. */
export { z } from 'zod'
