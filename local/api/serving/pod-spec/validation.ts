// What the webhook refuses of a revision's pod spec (knative/serving pkg/apis/serving/k8s_validation.go).
import type { FieldError } from '../../../kernel/errors.ts'
import type { Container, PodSpec } from '../../core/pod-spec.ts'
import { missing } from '../../flaws.ts'
import { dnsSubdomainFlaw } from '../../names.ts'
import type { FeaturesConfig } from '../config/features.ts'
import { disallowed, invalidValue } from '../flaws.ts'
import { containerFlaws, initContainerFlaws, type Serving, sidecarFlaws } from './container.ts'
import { volumeFlaws } from './volumes.ts'

/** Fields that need a feature flag of the same name. */
const gated = [
  'affinity',
  'dnsConfig',
  'dnsPolicy',
  'hostAliases',
  'hostIPC',
  'hostNetwork',
  'hostPID',
  'initContainers',
  'nodeSelector',
  'priorityClassName',
  'runtimeClassName',
  'schedulerName',
  'securityContext',
  'shareProcessNamespace',
  'tolerations',
  'topologySpreadConstraints',
] as const satisfies readonly (keyof FeaturesConfig)[]

/** Flaws of a pod spec whose fields stand at `at`. */
export function podSpecFlaws(spec: PodSpec, at: string, features: FeaturesConfig): FieldError[] {
  const fields = spec as PodSpec & Record<string, unknown>
  const { containers = [], serviceAccountName = '' } = spec
  const account = serviceAccountName ? dnsSubdomainFlaw(serviceAccountName) : undefined
  return [
    ...gated
      .filter(field => isSet(fields[field]) && features[field] === 'Disabled')
      .map(field => disallowed(`${at}.${field}`)),
    ...(spec.automountServiceAccountToken ? [disallowed(`${at}.automountServiceAccountToken`)] : []),
    ...volumeFlaws(spec, `${at}.volumes`, features),
    ...initFlaws(spec, at, features),
    ...(containers.length === 0 ? [missing(`${at}.containers`)] : servingFlaws(containers, spec, at, features)),
    ...(account ? [invalidValue(serviceAccountName, `${at}.serviceAccountName`, account)] : []),
  ]
}

/** Go leaves out what is empty. */
function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return false
  return Array.isArray(value) ? value.length > 0 : true
}

function initFlaws(spec: PodSpec, at: string, features: FeaturesConfig): FieldError[] {
  const { initContainers = [] } = spec
  if (initContainers.length === 0) return []
  if (features.initContainers !== 'Enabled') {
    const message = `pod spec support for init-containers is off, but found ${initContainers.length} init containers`
    return [{ path: '', message }]
  }
  return initContainers.flatMap((one, index) =>
    initContainerFlaws(one, `${at}.initContainers[${index}]`, { spec, features }),
  )
}

function servingFlaws(containers: Container[], spec: PodSpec, at: string, features: FeaturesConfig): FieldError[] {
  const scope = { spec, features }
  const port = servingPort(containers)
  const ports = portFlaws(containers, `${at}.containers[*].ports`)
  const [only] = containers
  if (only && containers.length === 1) return [...ports, ...containerFlaws(only, `${at}.containers[0]`, scope, port)]
  if (features.multiContainer !== 'Enabled') {
    return [...ports, { path: '', message: `multi-container is off, but found ${containers.length} containers` }]
  }
  return [
    ...ports,
    ...duplicateNames(containers, at),
    ...containers.flatMap((one, index) => {
      const path = `${at}.containers[${index}]`
      return one.ports?.length ? containerFlaws(one, path, scope, port) : sidecarFlaws(one, path, scope)
    }),
  ]
}

/** The one port that takes requests. */
function servingPort(containers: Container[]): Serving {
  const port = containers.findLast(one => one.ports?.length)?.ports?.[0]
  return { name: port?.name || 'http', containerPort: port?.containerPort || 8080 }
}

function portFlaws(containers: Container[], path: string): FieldError[] {
  const count = containers.reduce((sum, one) => sum + (one.ports?.length ?? 0), 0)
  if (count === 0 && containers.length > 1) return [missing(path)]
  if (count <= 1) return []
  const details = 'Only a single port is allowed across all containers'
  return [{ path, message: 'more than one container port is set', details }]
}

function duplicateNames(containers: Container[], at: string): FieldError[] {
  return containers.flatMap(({ name }, index) => {
    const first = containers.findIndex(one => one.name === name)
    const message = `duplicate container name "${name}"`
    return first < index ? [{ path: `${at}.containers[${index}].name`, message }] : []
  })
}
