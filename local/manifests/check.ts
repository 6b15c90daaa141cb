// Everything that can be said against one document without a cluster, each flaw at its own line.
import { flawText, judge } from '../api/admission.ts'
import type { AdmissionContext, Kind } from '../api/kind.ts'
import type { Registry } from '../api/registry.ts'
import type { Schema, SchemaFlaw } from '../api/schema.ts'
import type { Json, KubeObject } from '../kernel/object.ts'
import type { ManifestError } from './manifest.ts'
import { nearestName } from './nearest-name.ts'
import type { YamlDocument } from './yaml-document.ts'

/** A flaw at a field path of its document. */
type Flaw = { path: string; message: string }

/** All flaws of a document's shape, fields and values; none means its value is an object of a known kind. */
export function documentErrors(
  document: YamlDocument,
  file: string,
  registry: Registry,
  context: AdmissionContext,
): ManifestError[] {
  const flaws = shapeFlaws(document.value, registry) ?? objectFlaws(document, registry, context)
  return flaws.map(({ path, message }) => ({ file, ...document.locate(path), message }))
}

/** What must be right before the kind is known; undefined when it is. */
function shapeFlaws(value: Json, registry: Registry): Flaw[] | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [{ path: '', message: 'not an object: a manifest has apiVersion, kind and metadata' }]
  }
  const missing = ['apiVersion', 'kind'].filter(field => typeof value[field] !== 'string' || value[field] === '')
  if (missing.length > 0) return missing.map(field => ({ path: field, message: `${field} is missing, or no text` }))
  const object = value as unknown as KubeObject
  return registry.of(object) ? undefined : [{ path: 'kind', message: unknownKind(object, registry) }]
}

function unknownKind({ apiVersion, kind }: KubeObject, registry: Registry): string {
  const versions = registry.kinds.filter(one => one.kind === kind).flatMap(apiVersionsOf)
  const sentence = `no kind "${kind}" in version "${apiVersion}"`
  if (versions.length > 0) return `${sentence}: ${kind} is known in ${versions.join(', ')}`
  const nearest = nearestName(kind, new Set(registry.kinds.map(one => one.kind)))
  const known = registry.kinds.find(one => one.kind === nearest)
  return known ? `${sentence}: did you mean ${nearest} (${apiVersionsOf(known)[0]})?` : `${sentence} is known`
}

function apiVersionsOf({ group, versions }: Kind): string[] {
  return versions.map(version => (group ? `${group}/${version}` : version))
}

function objectFlaws(document: YamlDocument, registry: Registry, context: AdmissionContext): Flaw[] {
  const object = document.value as unknown as KubeObject
  const kind = registry.of(object)
  if (!kind) return []
  const { decoding, metadata, denied } = judge(kind, object, context)
  return [
    ...decoding.map(flaw => ({ path: flaw.path, message: decodingText(flaw, kind.schema, document) })),
    ...metadata.map(({ path, message }) => ({ path, message: `${path}: ${message}` })),
    ...denied.map(flaw => ({ path: flaw.path.split(', ')[0] ?? '', message: flawText(flaw).replaceAll('\n', '\n  ') })),
  ]
}

function decodingText({ kind, path, message, wanted }: SchemaFlaw, schema: Schema, document: YamlDocument): string {
  if (kind === 'unknown') {
    const known = Object.keys(fieldsAt(schema, path))
    const nearest = nearestName(lastName(path), known)
    return nearest ? `${message}: did you mean "${nearest}"?` : `${message}: known here are ${known.join(', ')}`
  }
  const written = wanted === 'string' ? document.written(path) : undefined
  // YAML 1.1 takes yes, on, 1.0 and their like for booleans and numbers.
  return written === undefined ? message : `${message}: write "${written}" in quotes`
}

const steps = /\[([^\]]*)\]|[^.[\]]+/g
const lastName = (path: string) => path.match(steps)?.at(-1) ?? path

/** The fields known beside the last one of a path. */
function fieldsAt(schema: Schema, path: string): Record<string, Schema> {
  let at: Schema | undefined = schema
  for (const name of path.match(steps)?.slice(0, -1) ?? []) at = at && below(at, name)
  return at?.type === 'object' ? at.fields : {}
}

function below(schema: Schema, name: string): Schema | undefined {
  if (schema.type === 'object') return schema.fields[name]
  if (schema.type === 'array') return schema.items
  return schema.type === 'map' ? schema.values : undefined
}
