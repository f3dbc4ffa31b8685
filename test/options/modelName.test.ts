/** Names of models. */
import { describe, expect, it } from 'vitest'
import { parseModel } from '../../src/options/modelName.ts'

describe('parseModel', () => {
  it('splits at the first slash, as a model may hold slashes of its own', () => {
    expect(parseModel('compatible/meta-llama/Llama-3')).toEqual({ provider: 'compatible', model: 'meta-llama/Llama-3' })
  })
})
