// The form of an answer: whole objects, their metadata alone, or a table, as the client's Accept header asks.
import type { Kind } from '../../api/kind.ts'
import type { KubeObject } from '../../kernel/object.ts'
import { type Accepted, acceptedTypes, isJson, notAcceptable } from './accept.ts'
import { type IncludeObject, tableOf } from './table.ts'

/** What a list says of itself beside its items. */
export interface ListMeta {
  resourceVersion: string
  continue?: string
  remainingItemCount?: number
}

/** How objects are shown. */
export interface Rendering {
  /** The same for renderings that show an object in the same way at any time; undefined for those that show ages. */
  form?: string
  one(object: KubeObject): unknown
  list(objects: readonly KubeObject[], metadata: ListMeta): unknown
}

export interface RenderingOptions {
  kind: Kind
  /** The version the path names. */
  apiVersion: string
  accept: string | undefined
  query: URLSearchParams
  /** Milliseconds since the epoch, for ages. */
  now(): number
}

/** The best form served of those accepted. Throws NotAcceptable when there is none. */
export function renderingOf(options: RenderingOptions): Rendering {
  for (const accepted of acceptedTypes(options.accept)) {
    const form = isJson(accepted) ? formOf(accepted, options) : undefined
    if (form) return form
  }
  throw notAcceptable()
}

function formOf({ parameters }: Accepted, options: RenderingOptions): Rendering | undefined {
  const { as, g: group, v: version } = parameters
  if (as === undefined) return wholeObjects(options)
  if (group !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) return undefined
  const metaVersion = `${group}/${version}`
  if (as === 'Table') return tables(options, metaVersion)
  return as.startsWith('PartialObjectMetadata') ? metadataAlone(metaVersion) : undefined
}

function wholeObjects({ apiVersion, kind }: RenderingOptions): Rendering {
  const one = (object: KubeObject) => ({ ...object, apiVersion })
  return {
    form: apiVersion,
    one,
    list: (objects, metadata) => ({ apiVersion, kind: `${kind.kind}List`, metadata, items: objects.map(one) }),
  }
}

function metadataAlone(apiVersion: string): Rendering {
  const one = (object: KubeObject) => partial(object, apiVersion)
  const kind = 'PartialObjectMetadataList'
  return { one, list: (objects, metadata) => ({ apiVersion, kind, metadata, items: objects.map(one) }) }
}

function tables({ kind, query, now, apiVersion }: RenderingOptions, metaVersion: string): Rendering {
  const include = (query.get('includeObject') ?? 'Metadata') as IncludeObject
  const shown = (object: KubeObject) =>
    include === 'Object' ? { ...object, apiVersion } : partial(object, metaVersion)
  const of = (objects: readonly KubeObject[], metadata: ListMeta) => ({
    apiVersion: metaVersion,
    kind: 'Table',
    metadata,
    ...tableOf(kind, objects, now(), include === 'None' ? undefined : shown),
  })
  return { one: object => of([object], { resourceVersion: object.metadata.resourceVersion ?? '' }), list: of }
}

function partial({ metadata }: KubeObject, apiVersion: string): unknown {
  return { kind: 'PartialObjectMetadata', apiVersion, metadata }
}
