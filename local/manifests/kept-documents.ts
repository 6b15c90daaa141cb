// Documents of texts that were parsed before: parsing is the longest part of a start, and most texts stay as they are.
import { isDeepStrictEqual } from 'node:util'
import type { Json } from '../kernel/object.ts'
import type { ManifestError, Position } from './manifest.ts'
import { parseYaml, type YamlDocument } from './yaml-document.ts'

/** A document as plain data: its value, and where it begins. */
export interface KeptDocument extends Position {
  value: Json
  /** Where fields stand whose places were to be kept, by their paths. */
  places?: Readonly<Record<string, Position>>
}

/** Where documents are kept between runs, each text's under its content. */
export interface KeptTexts {
  get(text: string): readonly KeptDocument[] | undefined
  set(text: string, documents: readonly KeptDocument[]): void
  /** The fields of a document whose places are kept along with it; none when left out. */
  paths?(value: Json): Iterable<string>
}

/** As `parseYaml`, but a text without flaws is parsed once; again only when a place in it is asked for. */
export function parseOnce(
  text: string,
  file: string,
  kept: KeptTexts | undefined,
): { documents: YamlDocument[]; errors: ManifestError[] } {
  const known = kept?.get(text)
  if (known) return { documents: restored(known, text, file), errors: [] }
  const parsed = parseYaml(text, file)
  if (kept && parsed.errors.length === 0) keep(kept, text, parsed.documents)
  return parsed
}

function keep(kept: KeptTexts, text: string, documents: readonly YamlDocument[]): void {
  const plain = documents.map(({ value, locate }): KeptDocument => {
    const places = kept.paths && Object.fromEntries([...kept.paths(value)].map(path => [path, locate(path)]))
    return { value, ...locate(''), ...(places ? { places } : {}) }
  })
  // What is secret is written nowhere else.
  if (plain.some(({ value }) => (value as { kind?: unknown } | null)?.kind === 'Secret')) return
  // JSON has no word for what YAML calls .nan and .inf: such a text is parsed each time.
  if (isDeepStrictEqual(JSON.parse(JSON.stringify(plain)), plain)) kept.set(text, plain)
}

function restored(known: readonly KeptDocument[], text: string, file: string): YamlDocument[] {
  let parsed: YamlDocument[] | undefined
  const original = (index: number) => {
    parsed ??= parseYaml(text, file).documents
    return parsed[index]
  }
  return known.map(({ value, line, column, places = {} }, index) => ({
    value,
    locate(path) {
      if (path === '') return { line, column }
      const kept = Object.hasOwn(places, path) ? places[path] : undefined
      return kept ?? original(index)?.locate(path) ?? { line, column }
    },
    written: path => original(index)?.written(path),
  }))
}
