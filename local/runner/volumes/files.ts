// What lies in a volume: the files that ConfigMaps, Secrets, the pod's own fields and tokens become.
import type { Container } from '../../api/core/pod-spec.ts'
import type { InstanceSpec } from '../../seams/instances.ts'
import { fieldOf, resourceOf } from '../env/value-from.ts'
import { failed, type Lookup } from '../types.ts'

export type Volume = NonNullable<InstanceSpec['pod']['volumes']>[number]

export interface VolumeFile {
  /** Relative to the volume: `config/app.yaml`. */
  path: string
  content: string
  /** Permission bits. */
  mode: number
}

export interface VolumeSources {
  spec: InstanceSpec
  lookup: Lookup
  /** A token for the pod's service account, in the shape Kubernetes gives. */
  token(audience: string | undefined, expirationSeconds: number): string
}

interface KeyToPath {
  key: string
  path: string
  mode?: number
}

interface DataSource {
  name?: string
  secretName?: string
  items?: KeyToPath[]
  optional?: boolean
  defaultMode?: number
}

interface DownwardItem {
  path: string
  fieldRef?: { fieldPath: string }
  resourceFieldRef?: { resource: string; containerName?: string; divisor?: string | number }
  mode?: number
}

interface Projection {
  configMap?: DataSource
  secret?: DataSource
  downwardAPI?: { items?: DownwardItem[] }
  serviceAccountToken?: { audience?: string; expirationSeconds?: number; path: string }
}

const usualMode = 0o644
const tokenSeconds = 3_600

/**
 * The files of a volume; none for an emptyDir. Throws `CreateContainerConfigError` in Kubernetes' words when something
 * named is missing, or when the volume needs what a local process cannot have.
 */
export function volumeFiles(volume: Volume, sources: VolumeSources): VolumeFile[] {
  const { configMap, secret, projected, downwardAPI, emptyDir } = volume as Projections
  const mode = (configMap ?? secret ?? projected ?? downwardAPI)?.defaultMode ?? usualMode
  if (projected) return (projected.sources ?? []).flatMap(one => projectedFiles(one, mode, sources))
  if (configMap || secret || downwardAPI)
    return projectedFiles(omitUndefined({ configMap, secret, downwardAPI }), mode, sources)
  if (emptyDir) return []
  const kind = Object.keys(volume).find(key => key !== 'name') ?? 'nothing'
  throw configError(
    `volume "${volume.name}": ${kind} does not exist on the local runtime; use configMap, secret, projected, downwardAPI or emptyDir`,
  )
}

interface Projections {
  configMap?: DataSource
  secret?: DataSource
  projected?: { sources?: Projection[]; defaultMode?: number }
  downwardAPI?: { items?: DownwardItem[]; defaultMode?: number }
  emptyDir?: object
}

function projectedFiles(source: Projection, mode: number, sources: VolumeSources): VolumeFile[] {
  const { configMap, secret, downwardAPI, serviceAccountToken: token } = source
  if (configMap) return dataFiles('ConfigMap', configMap, mode, sources)
  if (secret) return dataFiles('Secret', secret, mode, sources)
  if (downwardAPI) return (downwardAPI.items ?? []).map(item => downwardFile(item, mode, sources))
  if (!token) return []
  const content = sources.token(token.audience, token.expirationSeconds ?? tokenSeconds)
  return [{ path: token.path, content, mode: 0o600 }]
}

function dataFiles(
  kind: 'ConfigMap' | 'Secret',
  source: DataSource,
  usual: number,
  { spec, lookup }: VolumeSources,
): VolumeFile[] {
  const name = source.name ?? source.secretName ?? ''
  const data = lookup(kind, spec.namespace, name)
  if (!data && !source.optional) throw configError(`${kind.toLowerCase()} "${name}" not found`)
  const items = source.items ?? Object.keys(data ?? {}).map(key => ({ key, path: key }) as KeyToPath)
  return items.flatMap(({ key, path, mode = usual }) => {
    const content = data?.[key]
    if (content !== undefined) return [{ path, content, mode }]
    if (source.optional) return []
    throw configError(`references non-existent ${kind === 'Secret' ? 'secret' : 'config'} key: ${key}`)
  })
}

function downwardFile(item: DownwardItem, usual: number, { spec }: VolumeSources): VolumeFile {
  const [first] = spec.pod.containers
  const { path, fieldRef, resourceFieldRef, mode = usual } = item
  if (fieldRef) return { path, mode, content: fieldOf(fieldRef.fieldPath, spec) }
  if (resourceFieldRef) return { path, mode, content: resourceOf(resourceFieldRef, first as Container, spec) }
  throw configError(`downwardAPI item ${path}: one of fieldRef, resourceFieldRef is needed`)
}

function configError(message: string): Error {
  return failed('CreateContainerConfigError', message)
}

function omitUndefined<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}
