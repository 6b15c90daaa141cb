import { describe, expect, it } from 'vitest'
import { type KeptDocument, parseOnce } from './kept-documents.ts'
import { parseYaml } from './yaml-document.ts'

const text = 'kind: A\nspec:\n  port: 1.0\n---\n\nkind: B\nspec:\n  - first\n  - second\n'

/** Kept as between two runs: as text. */
function memory() {
  const kept = new Map<string, string>()
  return {
    kept,
    get: (content: string) => {
      const found = kept.get(content)
      return found === undefined ? undefined : (JSON.parse(found) as KeptDocument[])
    },
    set: (content: string, documents: readonly KeptDocument[]) => {
      kept.set(content, JSON.stringify(documents))
    },
  }
}

describe('documents that were parsed before', () => {
  it('are those a parse gives: values, places and what was written', () => {
    const texts = memory()
    parseOnce(text, 'a.yaml', texts)
    const { documents, errors } = parseOnce(text, 'a.yaml', texts)
    const fresh = parseYaml(text, 'a.yaml').documents
    expect(errors).toEqual([])
    expect(documents.map(({ value }) => value)).toEqual(fresh.map(({ value }) => value))
    for (const path of ['', 'kind', 'spec.port', 'spec[1]', 'spec.none'])
      expect(documents.map(one => one.locate(path))).toEqual(fresh.map(one => one.locate(path)))
    expect(documents[0]?.written('spec.port')).toBe('1.0')
  })

  it('are not parsed: what was kept is what is given', () => {
    const texts = { get: () => [{ value: { kind: 'Kept' }, line: 7, column: 3 }], set() {} }
    const [document] = parseOnce(text, 'a.yaml', texts).documents
    expect(document?.value).toEqual({ kind: 'Kept' })
    expect(document?.locate('')).toEqual({ line: 7, column: 3 })
  })

  it('bring along the places that were to be kept, and no other', () => {
    const texts = { ...memory(), paths: () => ['spec', 'spec.port'] }
    parseOnce(text, 'a.yaml', texts)
    expect(texts.get(text)?.map(({ places }) => places)).toEqual([
      { spec: { line: 2, column: 1 }, 'spec.port': { line: 3, column: 3 } },
      { spec: { line: 7, column: 1 }, 'spec.port': { line: 7, column: 1 } },
    ])
    const places = { 'spec.port': { line: 70, column: 30 } }
    const moved = { get: () => [{ value: { kind: 'Kept' }, line: 7, column: 3, places }], set() {} }
    const [document] = parseOnce(text, 'a.yaml', moved).documents
    expect(document?.locate('spec.port')).toEqual({ line: 70, column: 30 })
    expect(document?.locate('kind')).toEqual({ line: 1, column: 1 })
    expect(document?.locate('constructor')).toEqual({ line: 1, column: 1 })
  })

  it('are parsed anew when one character changed', () => {
    const texts = memory()
    parseOnce(text, 'a.yaml', texts)
    const { documents } = parseOnce(text.replace('kind: B', 'kind: C'), 'a.yaml', texts)
    expect(documents[1]?.value).toMatchObject({ kind: 'C' })
    expect(texts.kept.size).toBe(2)
  })

  it.each([
    ['of a text with a flaw', 'kind: A\nkind: B\n', 1],
    ['with a number that JSON has no word for', 'kind: A\nlimit: .inf\n', 0],
  ])('are none %s, which is told each time', (_name, flawed, errors) => {
    const texts = memory()
    for (const _round of [1, 2]) expect(parseOnce(flawed, 'a.yaml', texts).errors).toHaveLength(errors)
    expect(texts.kept.size).toBe(0)
  })

  it('are simply parsed where nothing is kept', () => {
    expect(parseOnce(text, 'a.yaml', undefined).documents).toHaveLength(2)
  })
})
