import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keptTexts } from './kept-texts.ts'

const documents = [{ value: { kind: 'Service' }, line: 1, column: 1 }]
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kept-texts-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

const onlyFile = () => join(folder, readdirSync(folder)[0] ?? '')

describe('the texts of a project between runs', () => {
  beforeEach(() => {
    const first = keptTexts('/project', { folder })
    first.set('text', documents)
    first.save()
  })

  it('are known to the next run', () => {
    expect(keptTexts('/project', { folder }).get('text')).toEqual(documents)
  })

  it('are known by their content alone: a changed text is unknown', () => {
    expect(keptTexts('/project', { folder }).get('text ')).toBeUndefined()
  })

  it('are those of one project', () => {
    expect(keptTexts('/other', { folder }).get('text')).toBeUndefined()
  })

  it('with places are kept apart from those without', () => {
    expect(keptTexts('/project', { folder, paths: () => [] }).get('text')).toBeUndefined()
  })

  it('are forgotten when a run no longer asked for them', () => {
    const next = keptTexts('/project', { folder })
    next.set('new text', documents)
    next.save()
    expect(keptTexts('/project', { folder }).get('text')).toBeUndefined()
    expect(keptTexts('/project', { folder }).get('new text')).toEqual(documents)
  })

  it('are not written again when nothing is new', () => {
    const before = readFileSync(onlyFile(), 'utf8')
    const next = keptTexts('/project', { folder })
    next.save()
    expect(readFileSync(onlyFile(), 'utf8')).toBe(before)
  })

  it('are none when the file is damaged', () => {
    writeFileSync(onlyFile(), '{"a": [')
    expect(keptTexts('/project', { folder }).get('text')).toBeUndefined()
  })
})
