// YAML as Kubernetes reads it: version 1.1 booleans and numbers, JSON values, and the place of everything.
import { type Document, isNode, LineCounter, parseAllDocuments, type ScalarTag, type Tags, type YAMLError } from 'yaml'
import { messageOf } from '../kernel/errors.ts'
import type { Json } from '../kernel/object.ts'
import { nodeAt, type Root } from './field-path.ts'
import type { ManifestError, Position } from './manifest.ts'

export interface YamlDocument {
  value: Json
  /** Where the field at a path stands, or its nearest parent. */
  locate(path: string): Position
  /** The text of the plain scalar at a path, as it was written; undefined for anything else. */
  written(path: string): string | undefined
}

/** Kubernetes' reader knows none of these: such scalars stay strings, such tags are refused. */
const unknownTags = /:(timestamp|omap|pairs|set|binary)$/

/** All documents of a text that are not empty. A document with flaws is left out; its flaws are complete. */
export function parseYaml(text: string, file: string): { documents: YamlDocument[]; errors: ManifestError[] } {
  const lines = new LineCounter()
  const parsed = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    version: '1.1',
    customTags: kubernetesTags,
  })
  const documents: YamlDocument[] = []
  const errors: ManifestError[] = []
  for (const document of parsed) {
    const flaws = [...document.errors, ...document.warnings]
    errors.push(...flaws.map(flaw => ({ file, ...position(lines, flaw.pos[0]), message: sentence(flaw, text) })))
    if (flaws.length > 0) continue
    const read = readDocument(document, lines)
    if ('message' in read) errors.push({ file, ...read })
    else if (read.value !== null) documents.push(read)
  }
  return { documents, errors }
}

/** Aliases that blow up and anchors that do not exist show only when the value is built. */
function readDocument(document: Document.Parsed, lines: LineCounter): YamlDocument | (Position & { message: string }) {
  const root: Root = { node: document.contents, document }
  const locate = (path: string) => position(lines, startOf(nodeAt(root, path).key))
  try {
    const written = (path: string) => plainText(nodeAt(root, path).value)
    return { value: document.toJS({ maxAliasCount: 100 }) as Json, locate, written }
  } catch (error) {
    return { ...locate(''), message: `not readable as YAML: ${messageOf(error)}` }
  }
}

function kubernetesTags(tags: Tags): Tags {
  return tags
    .filter(
      tag => typeof tag === 'string' || !(unknownTags.test(tag.tag) || ('format' in tag && tag.format === 'TIME')),
    )
    .map((tag): Tags[number] => (isDotNumber(tag) ? { ...tag, test: fraction } : tag))
}

function isDotNumber(tag: Tags[number]): tag is ScalarTag {
  return typeof tag !== 'string' && 'test' in tag && tag.test?.test('.') === true
}

/** A lone dot is a text (`exportTo: [.]`), where YAML 1.1 would have it be a number. */
const fraction = /^[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)$/

function sentence(flaw: YAMLError, text: string): string {
  if (flaw.code === 'DUPLICATE_KEY') {
    const key = /^[^\s:]+/.exec(text.slice(flaw.pos[0]))?.[0] ?? ''
    return `duplicate key "${key}": each key may stand once in a mapping`
  }
  return `not readable as YAML: ${flaw.message}`
}

function position(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(1, line), column: Math.max(1, col) }
}

function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0
}

function plainText(node: unknown): string | undefined {
  const scalar = node as { type?: string; source?: string } | null
  return scalar?.type === 'PLAIN' ? scalar.source : undefined
}
