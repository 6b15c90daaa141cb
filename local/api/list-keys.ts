// Lists whose items have a key: strategic merge patches and server-side apply change them item by item.

/**
 * Field names of the keys by the list's path without positions: `{ 'spec.ports': ['port', 'protocol'] }`. An empty list
 * of keys is a set of plain values. The first key alone decides in strategic merge patches.
 */
export type ListKeys = Readonly<Record<string, readonly string[]>>

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
