import { describe, expect, it } from 'vitest'
import { createRegistry } from '../../../api/registry.ts'
import { exitCodes, type SkiffError } from '../../../kernel/errors.ts'
import { selectKinds } from './select-kinds.ts'

const registry = createRegistry()
const select = (what: string, ...names: string[]) =>
  selectKinds(registry, what, names).map(({ kind, name }) => `${kind.plural}.${kind.group}${name ? ` ${name}` : ''}`)

describe('what people write for kinds', () => {
  it.each<[string, string[], string[]]>([
    ['ksvc', [], ['services.serving.knative.dev']],
    ['services.serving.knative.dev', [], ['services.serving.knative.dev']],
    ['configmap', [], ['configmaps.']],
    ['cm,rev', [], ['configmaps.', 'revisions.serving.knative.dev']],
    ['ksvc', ['a', 'b'], ['services.serving.knative.dev a', 'services.serving.knative.dev b']],
    ['ksvc/a', ['cm/b'], ['services.serving.knative.dev a', 'configmaps. b']],
  ])('%s %j', (what, names, expected) => {
    expect(select(what, ...names)).toEqual(expected)
  })

  it('a category stands for all its kinds', () => {
    expect(select('knative')).toEqual(expect.arrayContaining(['services.serving.knative.dev']))
    expect(select('knative').length).toBeGreaterThan(3)
  })

  it.each([
    ['spoons', /no kind "spoons"; known are .*configmaps/],
    ['ksvc,spoons', /no kind "spoons"/],
    ['spoons/a', /no kind "spoons"/],
    ['ksvc/', /name one object as KIND\/NAME, got "ksvc\/"/],
    ['ksvc/a/b', /name one object as KIND\/NAME, got "ksvc\/a\/b"/],
  ])('%s is wrong usage', (what, sentence) => {
    const attempt = () => select(what)
    expect(attempt).toThrow(sentence)
    try {
      attempt()
    } catch (error) {
      expect((error as SkiffError).exitCode).toBe(exitCodes.usage)
    }
  })
})
