// The one reader of YAML: files and folders in, checked objects and located flaws out.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename, dirname, isAbsolute, relative } from 'node:path'
import { sorted } from '../api/apply.ts'
import type { AdmissionContext } from '../api/kind.ts'
import type { Registry } from '../api/registry.ts'
import { messageOf } from '../kernel/errors.ts'
import { formatKind, type Json, type KubeObject, keyOf } from '../kernel/object.ts'
import { documentErrors } from './check.ts'
import { manifestFiles } from './files.ts'
import { type KeptTexts, parseOnce } from './kept-documents.ts'
import type { Manifest, ManifestError } from './manifest.ts'
import type { YamlDocument } from './yaml-document.ts'

export interface ReadOptions {
  registry: Registry
  /** Files are named relative to this folder; the current one when left out. */
  base?: string
  /** Data of a ConfigMap that already exists; those being read come before it. */
  config?: AdmissionContext['config']
  /** Milliseconds since the epoch; the system's clock when left out. */
  now?: number
  /** Texts at hand, read before the files: standard input. */
  given?: readonly Source[]
  /** Whether an object may be written several times, each time in place of the one before; not unless it is said. */
  repeats?: boolean
  /** What was parsed before; every text is parsed anew when left out. */
  kept?: KeptTexts
}

export interface ReadResult {
  /** Objects of files without any flaw, in the order read. */
  documents: Manifest[]
  errors: ManifestError[]
}

export interface Source {
  file: string
  text: string
}

/** Reads files, and `*.yaml` below folders. Never throws: what cannot be read is an error of the result. */
export async function readManifests(paths: string[], options: ReadOptions): Promise<ReadResult> {
  const { files, errors } = await manifestFiles(paths)
  const base = options.base ?? process.cwd()
  const texts = await Promise.all(files.map(path => textOf(path, shownPath(base, path))))
  errors.push(...texts.filter(one => 'message' in one))
  const read = readSources([...(options.given ?? []), ...texts.filter(one => 'text' in one)], options)
  return { documents: read.documents, errors: [...errors, ...read.errors] }
}

const textOf = (path: string, file: string): Promise<Source | ManifestError> =>
  readFile(path, 'utf8').then(
    text => ({ file, text }),
    error => ({ file, message: messageOf(error) }),
  )

/** The same for texts at hand: standard input, or what a test writes. */
export function readSources(sources: Source[], options: ReadOptions): ReadResult {
  const parsed = sources.map(({ file, text }) => ({ file, ...parseOnce(text, file, options.kept) }))
  const found = parsed.flatMap(({ file, documents }) =>
    documents.flatMap(flattened).map(document => ({ file, document })),
  )
  const context = contextOf(
    found.map(({ document }) => document.value),
    options,
  )
  const errors = [
    ...parsed.flatMap(one => one.errors),
    ...found.flatMap(({ file, document }) => documentErrors(document, file, options.registry, context)),
  ]
  const flawed = new Set(errors.map(error => error.file))
  const sound = found
    .filter(({ file }) => !flawed.has(file))
    .map(({ file, document }) => manifest(file, document, options.registry))
  const twice = options.repeats ? [] : duplicates(sound)
  const refused = new Set(twice.map(error => error.file))
  const order = (error: ManifestError) => sources.findIndex(source => source.file === error.file)
  return {
    documents: sound.filter(({ file }) => !refused.has(file)),
    errors: [...errors, ...twice].sort((a, b) => order(a) - order(b) || (a.line ?? 0) - (b.line ?? 0)),
  }
}

/**
 * The documents of the Service that `one` is written for revision by revision: in numbered files of a folder
 * (`1-first.yaml`, `2-….yaml`), or simply several times among `all`. Undefined for any other document.
 */
export function revisionsOf(one: Manifest, all: readonly Manifest[]): Manifest[] | undefined {
  if (!isKnativeService(one.object)) return undefined
  const name = identity(one.object)
  const { name: own } = one.object.metadata
  const documents = all.filter(({ object }) => object.metadata.name === own && identity(object) === name)
  return documents.length > 1 || isNumbered(one) ? documents : undefined
}

/** The items of a List, each as a document of its own. */
function flattened(document: YamlDocument): YamlDocument[] {
  const { kind, items } = (document.value ?? {}) as { kind?: Json; items?: Json }
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) return [document]
  return items.map((value, index) => {
    const inside = (path: string) => `items[${index}]${path && `.${path}`}`
    return { value, locate: path => document.locate(inside(path)), written: path => document.written(inside(path)) }
  })
}

/** Admission sees the ConfigMaps of the set as if they were applied, because they are applied first. */
function contextOf(values: Json[], { config = () => ({}), now = Date.now() }: ReadOptions): AdmissionContext {
  const isConfigMap = (value: Json) => (value as { kind?: Json } | null)?.kind === 'ConfigMap'
  const maps = values.filter(isConfigMap) as unknown as (KubeObject & { data?: Record<string, string> })[]
  const find = (namespace: string, name: string) =>
    maps.find(({ metadata }) => metadata?.name === name && (metadata.namespace ?? 'default') === namespace)
  return {
    user: 'admin',
    now,
    config: (namespace, name) => find(namespace, name)?.data ?? config(namespace, name),
  }
}

function manifest(file: string, document: YamlDocument, registry: Registry): Manifest {
  const given = document.value as unknown as KubeObject
  const namespace = registry.of(given)?.namespaced ? { namespace: given.metadata.namespace ?? 'default' } : {}
  const object = { ...given, metadata: { ...given.metadata, ...namespace } }
  return {
    object,
    file,
    ...document.locate(''),
    key: `${file}#${identity(object)}`,
    hash: contentHash(object),
    locate: document.locate,
  }
}

function contentHash(object: KubeObject): string {
  if (!isKnativeService(object)) return sha256(object)
  const { spec, ...rest } = object as KubeObject & { spec: { traffic?: Json } }
  const { traffic, ...withoutTraffic } = spec
  return `${sha256({ ...rest, spec: withoutTraffic })}/${sha256(traffic ?? null)}`
}

function sha256(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value as Json)))
    .digest('hex')
}

function duplicates(manifests: Manifest[]): ManifestError[] {
  const first = new Map<string, Manifest>()
  return manifests.flatMap(one => {
    const name = identity(one.object)
    const earlier = first.get(name)
    if (!earlier) first.set(name, one)
    if (!earlier || (earlier.file !== one.file && sameRevisions(earlier, one))) return []
    const { kind, metadata } = one.object
    const where = `${earlier.file}:${earlier.line}`
    const subject = metadata.namespace
      ? `"${metadata.name}" of namespace "${metadata.namespace}"`
      : `"${metadata.name}"`
    return [
      {
        file: one.file,
        ...one.locate('metadata.name'),
        message: `${kind} ${subject} is written twice: also at ${where}`,
      },
    ]
  })
}

function sameRevisions(a: Manifest, b: Manifest): boolean {
  return [a, b].every(one => isNumbered(one) && isKnativeService(one.object)) && dirname(a.file) === dirname(b.file)
}

const isNumbered = ({ file }: Manifest) => /^\d+-/.test(basename(file))

/** `serving.knative.dev/Service/greeting/hello` */
function identity(object: KubeObject): string {
  const key = keyOf(object)
  return [formatKind(key), ...(key.namespace ? [key.namespace] : []), key.name].join('/')
}

export function isKnativeService(object: KubeObject): boolean {
  return object.kind === 'Service' && object.apiVersion.startsWith('serving.knative.dev/')
}

function shownPath(base: string, path: string): string {
  const shown = relative(base, path)
  return shown.startsWith('..') || isAbsolute(shown) ? path : shown
}
