// ConfigMap config-features: what a revision may use of Kubernetes, and Knative's optional behaviours.
import { type ConfigKey, type ConfigValues, oneOf, readKeys } from './keys.ts'

export type Flag = 'Enabled' | 'Allowed' | 'Disabled'

const flag = (key: string, initial: Flag, doc: string): ConfigKey<Flag> => ({
  key,
  default: initial,
  parse: oneOf('Enabled', 'Allowed', 'Disabled'),
  doc,
})

const podField = (field: string): ConfigKey<Flag> =>
  flag(`kubernetes.podspec-${field.toLowerCase()}`, 'Disabled', `whether a revision may set ${field}`)

const volume = (name: string, initial: Flag = 'Disabled'): ConfigKey<Flag> =>
  flag(`kubernetes.podspec-volumes-${name}`, initial, `whether a revision may mount ${name} volumes`)

export const featureKeys = {
  multiContainer: flag('multi-container', 'Enabled', 'whether a revision may have sidecar containers'),
  multiContainerProbing: flag('multi-container-probing', 'Disabled', 'whether sidecars may have probes'),
  tagHeaderBasedRouting: flag(
    'tag-header-based-routing',
    'Disabled',
    'whether the header Knative-Serving-Tag chooses the tag on the main host',
  ),
  addCapabilities: flag(
    'kubernetes.containerspec-addcapabilities',
    'Disabled',
    'whether containers may add capabilities',
  ),
  fieldRef: flag('kubernetes.podspec-fieldref', 'Disabled', 'whether env may refer to fields of the pod'),
  affinity: podField('affinity'),
  dnsConfig: podField('dnsConfig'),
  dnsPolicy: podField('dnsPolicy'),
  hostAliases: podField('hostAliases'),
  hostIPC: podField('hostIPC'),
  hostNetwork: podField('hostNetwork'),
  hostPID: podField('hostPID'),
  initContainers: flag('kubernetes.podspec-init-containers', 'Disabled', 'whether a revision may have init containers'),
  nodeSelector: podField('nodeSelector'),
  priorityClassName: podField('priorityClassName'),
  runtimeClassName: podField('runtimeClassName'),
  schedulerName: podField('schedulerName'),
  securityContext: podField('securityContext'),
  shareProcessNamespace: podField('shareProcessNamespace'),
  tolerations: podField('tolerations'),
  topologySpreadConstraints: podField('topologySpreadConstraints'),
  csiVolumes: volume('csi'),
  emptyDirVolumes: volume('emptydir', 'Enabled'),
  ephemeralVolumes: volume('ephemeral'),
  hostPathVolumes: volume('hostpath'),
  imageVolumes: volume('image'),
  mountPropagation: volume('mount-propagation'),
  persistentVolumeClaims: flag(
    'kubernetes.podspec-persistent-volume-claim',
    'Disabled',
    'whether claims may be mounted',
  ),
  persistentVolumeWrites: flag(
    'kubernetes.podspec-persistent-volume-write',
    'Disabled',
    'whether mounted claims may be written',
  ),
} satisfies Record<string, ConfigKey<Flag>>

export type FeaturesConfig = ConfigValues<typeof featureKeys>

/** Reads config-features; throws when a flag is neither Enabled, Allowed nor Disabled. */
export function readFeatures(data: Record<string, string>): FeaturesConfig {
  return readKeys(featureKeys, data)
}
