// What the webhook refuses of one container.
import type { FieldError } from '../../../kernel/errors.ts'
import type { Container, ContainerPort, EnvFromSource, EnvVar, PodSpec } from '../../core/pod-spec.ts'
import { missing } from '../../flaws.ts'
import type { FeaturesConfig } from '../config/features.ts'
import { disallowed, exactlyOne, invalidValue, outOfBounds } from '../flaws.ts'
import { isImageReference } from './image.ts'
import { probeFlaws, readinessFlaws } from './probes.ts'
import { securityFlaws } from './security.ts'
import { mountFlaws } from './volumes.ts'

/** What a container's fields are judged by. */
export interface Scope {
  spec: PodSpec
  features: FeaturesConfig
}

/** The port that takes requests, with its name and number filled in. */
export interface Serving {
  name: string
  containerPort: number
}

const reservedEnv = ['PORT', 'K_SERVICE', 'K_CONFIGURATION', 'K_REVISION']
/** Those of the queue proxy beside every container. */
const reservedPorts = [8012, 8013, 8022, 9090, 9091, 8008]
const portNames = ['h2c', 'http1', '']

/** Flaws of the container that serves requests. */
export function containerFlaws(container: Container, at: string, scope: Scope, port: Serving): FieldError[] {
  return [
    ...probeFlaws(container.livenessProbe, `${at}.livenessProbe`, port),
    ...readinessFlaws(container.readinessProbe, `${at}.readinessProbe`, port),
    ...probeFlaws(container.startupProbe, `${at}.startupProbe`, port),
    ...commonFlaws(container, at, scope, reservedEnv),
    ...servingPortFlaws(container.ports?.[0], `${at}.ports`),
  ]
}

/** Flaws of a container beside it; PORT is not reserved there. */
export function sidecarFlaws(container: Container, at: string, scope: Scope): FieldError[] {
  const probed = scope.features.multiContainerProbing === 'Enabled'
  const kinds = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const
  const probes = kinds.flatMap(kind => {
    const check = kind === 'readinessProbe' ? readinessFlaws : probeFlaws
    if (probed) return check(container[kind], `${at}.${kind}`)
    return Object.keys(container[kind] ?? {}).map(field => disallowed(`${at}.${kind}.${field}`))
  })
  return [...probes, ...commonFlaws(container, at, scope, reservedEnv.slice(1))]
}

/** Flaws of a container that runs before the others. */
export function initContainerFlaws(container: Container, at: string, scope: Scope): FieldError[] {
  const probes = (['livenessProbe', 'readinessProbe', 'startupProbe'] as const).filter(kind => container[kind])
  return [
    ...probes.map(kind => ({ path: `${at}.${kind}`, message: 'field not allowed in an init container' })),
    ...commonFlaws(container, at, scope, reservedEnv.slice(1)),
    ...(container.ports ?? []).flatMap(port => portNumberFlaws(port, `${at}.ports`)),
  ]
}

function commonFlaws(container: Container, at: string, scope: Scope, reserved: readonly string[]): FieldError[] {
  const { name, env = [], envFrom = [], terminationMessagePolicy: policy = '' } = container
  const policies = ['File', 'FallbackToLogsOnError', '']
  return [
    ...(name === 'queue-proxy' ? [{ path: `${at}.name`, message: `"${name}" is a reserved container name` }] : []),
    ...env.flatMap((one, index) => envFlaws(one, `${at}.env[${index}]`, scope.features, reserved)),
    ...envFrom.flatMap((one, index) => envFromFlaws(one, `${at}.envFrom[${index}]`)),
    ...imageFlaws(container.image, `${at}.image`),
    ...securityFlaws(container.securityContext, `${at}.securityContext`, scope.features),
    ...(policies.includes(policy) ? [] : [invalidValue(policy, `${at}.terminationMessagePolicy`)]),
    ...mountFlaws(container.volumeMounts ?? [], `${at}.volumeMounts`, scope),
  ]
}

function envFlaws(
  { name, valueFrom }: EnvVar,
  at: string,
  features: FeaturesConfig,
  reserved: readonly string[],
): FieldError[] {
  const fieldRefs = (['fieldRef', 'resourceFieldRef'] as const).filter(field => valueFrom?.[field])
  const refused = features.fieldRef === 'Disabled' ? fieldRefs.map(field => disallowed(`${at}.valueFrom.${field}`)) : []
  if (!name) return [missing(`${at}.name`), ...refused]
  if (!reserved.includes(name)) return refused
  return [{ path: `${at}.name`, message: `"${name}" is a reserved environment variable` }, ...refused]
}

function envFromFlaws(source: EnvFromSource, at: string): FieldError[] {
  const choices = ['configMapRef', 'secretRef'] as const
  return exactlyOne(
    choices.filter(one => source[one]),
    choices,
    at,
  )
}

function imageFlaws(image: string | undefined, path: string): FieldError[] {
  if (!image) return [missing(path)]
  if (isImageReference(image)) return []
  const details = `image: "${image}", error: could not parse reference: ${image}`
  return [{ path, message: 'Failed to parse image reference', details }]
}

function servingPortFlaws(port: ContainerPort | undefined, at: string): FieldError[] {
  if (!port) return []
  const { name = '', protocol = '' } = port
  const flaws = portNumberFlaws(port, at)
  if (protocol && protocol !== 'TCP') flaws.push(invalidValue(protocol, `${at}.protocol`))
  if (!portNames.includes(name)) {
    const details = "Name must be empty, or one of: 'h2c', 'http1'"
    flaws.push({ path: at, message: `Port name ${name} is not allowed`, details })
  }
  return flaws
}

function portNumberFlaws({ containerPort = 0 }: ContainerPort, at: string): FieldError[] {
  const path = `${at}.containerPort`
  if (reservedPorts.includes(containerPort)) {
    const sentence = `${containerPort} is a reserved port`
    return [invalidValue(sentence, path, `${sentence}, please use a different value`)]
  }
  return containerPort < 0 || containerPort > 65_535 ? [outOfBounds(containerPort, 0, 65_535, path)] : []
}
