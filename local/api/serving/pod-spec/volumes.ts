// What the webhook refuses of volumes, and of where containers mount them.
import { posix } from 'node:path'
import type { FieldError } from '../../../kernel/errors.ts'
import type { Container, PodSpec } from '../../core/pod-spec.ts'
import { missing } from '../../flaws.ts'
import { dnsLabelFlaw } from '../../names.ts'
import type { FeaturesConfig } from '../config/features.ts'
import { disallowed, exactlyOne, invalidValue } from '../flaws.ts'

type Volume = NonNullable<PodSpec['volumes']>[number]
type Mount = NonNullable<Container['volumeMounts']>[number] & { mountPropagation?: string }

const always = ['secret', 'configMap', 'projected'] as const

/** Sources that need a feature flag, and what Knative calls them. */
const gated = [
  { source: 'emptyDir', feature: 'emptyDirVolumes', title: 'EmptyDir' },
  { source: 'persistentVolumeClaim', feature: 'persistentVolumeClaims', title: 'Persistent volume claim' },
  { source: 'hostPath', feature: 'hostPathVolumes', title: 'HostPath' },
  { source: 'csi', feature: 'csiVolumes', title: 'CSI' },
  { source: 'ephemeral', feature: 'ephemeralVolumes', title: 'Ephemeral' },
  { source: 'image', feature: 'imageVolumes', title: 'Image' },
] as const satisfies readonly { source: string; feature: keyof FeaturesConfig; title: string }[]

/** Flaws of a pod's volumes at `at`. */
export function volumeFlaws(spec: PodSpec, at: string, features: FeaturesConfig): FieldError[] {
  const { volumes = [], containers = [], initContainers = [] } = spec
  const mounted = new Set(
    [...containers, ...initContainers].flatMap(one => (one.volumeMounts ?? []).map(mount => mount.name)),
  )
  return volumes.flatMap((volume, index) => {
    const path = `${at}[${index}]`
    const { name } = volume
    const twice = volumes.findIndex(one => one.name === name) < index
    return [
      ...(twice ? [{ path: `${path}.name`, message: `duplicate volume name "${name}"` }] : []),
      ...(mounted.has(name) ? [] : [{ path: `${path}.name`, message: `volume with name "${name}" not mounted` }]),
      ...sourceFlaws(volume, path, features),
    ]
  })
}

function sourceFlaws(volume: Volume, at: string, features: FeaturesConfig): FieldError[] {
  const { name } = volume
  if (!name) return [missing(`${at}.name`)]
  if (dnsLabelFlaw(name)) return [invalidValue(name, `${at}.name`)]
  const refused = gated.filter(one => volume[one.source] && features[one.feature] !== 'Enabled')
  const allowed = gated.filter(one => features[one.feature] === 'Enabled').map(one => one.source)
  const set = [...always, ...gated.map(one => one.source)].filter(source => volume[source])
  return [
    ...refused.map(one => ({ path: '', message: refusal(one.title, volume) })),
    ...refused.map(one => disallowed(`${at}.${one.source}`)),
    ...exactlyOne(set, [...always, ...allowed], at),
  ]
}

function refusal(title: string, volume: Volume): string {
  const claim = volume.persistentVolumeClaim as { claimName?: string } | undefined
  if (!claim) return `${title} volume support is disabled, but found ${title} volume ${volume.name}`
  return `${title} support is disabled, but found ${title.toLowerCase()} ${claim.claimName}`
}

/** Flaws of a container's mounts at `at`. */
export function mountFlaws(
  mounts: readonly Mount[],
  at: string,
  { spec, features }: { spec: PodSpec; features: FeaturesConfig },
): FieldError[] {
  return mounts.flatMap((mount, index) => {
    const path = `${at}[${index}]`
    const volume = spec.volumes?.find(one => one.name === mount.name)
    const writable = volume?.emptyDir || volume?.persistentVolumeClaim || volume?.ephemeral
    const earlier = mounts.slice(0, index).map(one => posix.normalize(one.mountPath ?? ''))
    const propagated = mount.mountPropagation && features.mountPropagation !== 'Enabled'
    const off = `Volume Mount Propagation support is disabled, but found volume mount ${mount.name} with mount propagation`
    const readOnly = 'volume mount should be readOnly for this type of volume'
    return [
      ...(volume ? [] : [{ path: `${path}.name`, message: 'volumeMount has no matching volume' }]),
      ...mountPathFlaws(mount.mountPath, earlier, `${path}.mountPath`),
      ...(writable || mount.readOnly ? [] : [{ path: `${path}.readOnly`, message: readOnly }]),
      ...(propagated ? [{ path: '', message: off }] : []),
    ]
  })
}

function mountPathFlaws(mountPath: string | undefined, earlier: readonly string[], path: string): FieldError[] {
  if (!mountPath) return [missing(path)]
  const clean = posix.normalize(mountPath).replace(/(.)\/$/, '$1')
  if (['/', '/dev', '/dev/log'].includes(clean)) return [{ path, message: `mountPath "${clean}" is a reserved path` }]
  if (!posix.isAbsolute(mountPath)) return [invalidValue(mountPath, path)]
  return earlier.includes(clean) ? [invalidValue(`"${mountPath}" must be unique`, path)] : []
}
