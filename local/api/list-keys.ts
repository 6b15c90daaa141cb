// Lists whose items have a key: strategic merge patches and server-side apply change them item by item.
import type { Json } from '../kernel/object.ts'

/**
 * Field names of the keys by the list's path without positions: `{ 'spec.ports': ['port', 'protocol'] }`. An empty list
 * of keys is a set of plain values. The first key alone decides in strategic merge patches.
 */
export type ListKeys = Readonly<Record<string, readonly string[]>>

/** What a key is in an item that leaves it out (the defaults of the list's keys in Kubernetes' OpenAPI document). */
const defaults: Readonly<Record<string, string>> = { protocol: 'TCP' }

/** The value of a key in an item of a list; undefined when it has none. */
export function keyIn(item: { [key: string]: Json }, key: string): Json | undefined {
  return item[key] ?? defaults[key]
}

/** Lists in the metadata of every object. */
export const metadataListKeys: ListKeys = {
  'metadata.finalizers': [],
  'metadata.ownerReferences': ['uid'],
}

const container = (path: string): ListKeys => ({
  [path]: ['name'],
  [`${path}.env`]: ['name'],
  [`${path}.ports`]: ['containerPort', 'protocol'],
  [`${path}.volumeMounts`]: ['mountPath'],
  [`${path}.volumeDevices`]: ['devicePath'],
})

/** Lists of a pod's spec that stands at `path`. */
export function podListKeys(path: string): ListKeys {
  return {
    ...container(`${path}.containers`),
    ...container(`${path}.initContainers`),
    [`${path}.volumes`]: ['name'],
    [`${path}.imagePullSecrets`]: ['name'],
    [`${path}.hostAliases`]: ['ip'],
    [`${path}.tolerations`]: ['key'],
  }
}
