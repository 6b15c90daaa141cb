// Values that are not written in the container: from ConfigMaps, Secrets, the pod's own fields and its resources.
import { availableParallelism, totalmem } from 'node:os'
import type { Container, EnvFromSource, EnvVar } from '../../api/core/pod-spec.ts'
import { parseQuantity } from '../../kernel/duration.ts'
import type { InstanceSpec } from '../../seams/instances.ts'
import { failed, type Lookup } from '../types.ts'

type ValueFrom = NonNullable<EnvVar['valueFrom']>
type Reference = { name: string; key: string; optional?: boolean }

/** Every pod runs on this machine. */
const node = { name: 'localhost', ip: '127.0.0.1' }

function configError(message: string): Error {
  return failed('CreateContainerConfigError', message)
}

/** The value a source gives; undefined when it is optional and absent. Throws `CreateContainerConfigError` in Kubernetes' words. */
export function valueFrom(
  source: ValueFrom,
  container: Container,
  spec: InstanceSpec,
  lookup: Lookup,
): string | undefined {
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = source
  if (configMapKeyRef) return keyOf('ConfigMap', configMapKeyRef, spec, lookup)
  if (secretKeyRef) return keyOf('Secret', secretKeyRef, spec, lookup)
  if (fieldRef) return fieldOf(fieldRef.fieldPath, spec)
  if (resourceFieldRef) return resourceOf(resourceFieldRef, container, spec)
  return undefined
}

/** All variables of an `envFrom` entry, prefixed. */
export function variablesFrom(source: EnvFromSource, spec: InstanceSpec, lookup: Lookup): Record<string, string> {
  const kind = source.configMapRef ? 'ConfigMap' : 'Secret'
  const reference = source.configMapRef ?? source.secretRef
  if (!reference) return {}
  const data = lookup(kind, spec.namespace, reference.name)
  if (!data && !reference.optional) throw configError(`${kind.toLowerCase()} "${reference.name}" not found`)
  const named = Object.entries(data ?? {}).map(([key, value]) => [`${source.prefix ?? ''}${key}`, value])
  return Object.fromEntries(named)
}

function keyOf(
  kind: 'ConfigMap' | 'Secret',
  reference: Reference,
  spec: InstanceSpec,
  lookup: Lookup,
): string | undefined {
  const { name, key, optional } = reference
  const data = lookup(kind, spec.namespace, name)
  if (data && Object.hasOwn(data, key)) return data[key]
  if (optional) return undefined
  if (!data) throw configError(`${kind.toLowerCase()} "${name}" not found`)
  throw configError(`couldn't find key ${key} in ${kind} ${spec.namespace}/${name}`)
}

/** A field of the pod, as the downward API names it. Throws `CreateContainerConfigError` for others. */
export function fieldOf(path: string, spec: InstanceSpec): string {
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path)
  if (keyed) return spec[keyed[1] as 'labels' | 'annotations'][keyed[2] ?? ''] ?? ''
  const fields: Record<string, string> = {
    'metadata.name': spec.name,
    'metadata.namespace': spec.namespace,
    'metadata.labels': downwardMap(spec.labels),
    'metadata.annotations': downwardMap(spec.annotations),
    'spec.nodeName': node.name,
    'spec.serviceAccountName': spec.pod.serviceAccountName ?? 'default',
    'status.hostIP': node.ip,
    'status.hostIPs': node.ip,
    'status.podIP': node.ip,
    'status.podIPs': node.ip,
  }
  const value = fields[path]
  if (value === undefined)
    throw configError(`unsupported fieldPath: ${path}; known here: ${Object.keys(fields).join(', ')}`)
  return value
}

/** Maps as the downward API writes them: `key="value"`, a line each, sorted. */
function downwardMap(map: Readonly<Record<string, string>>): string {
  const names = Object.keys(map).sort()
  return names.map(name => `${name}=${JSON.stringify(map[name])}`).join('\n')
}

/** A resource of a container, in units of the divisor. Throws `CreateContainerConfigError` for unknown ones. */
export function resourceOf(
  reference: NonNullable<ValueFrom['resourceFieldRef']>,
  own: Container,
  spec: InstanceSpec,
): string {
  const container = reference.containerName
    ? spec.pod.containers.find(({ name }) => name === reference.containerName)
    : own
  if (!container) throw configError(`container ${reference.containerName} not found`)
  const [group = '', ...rest] = reference.resource.split('.')
  const resource = rest.join('.')
  const given = container.resources?.[group as 'limits' | 'requests']?.[resource]
  const amount = given === undefined ? unlimited(group, resource) : parseQuantity(given)
  if (amount === undefined) throw configError(`unsupported container resource : ${reference.resource}`)
  // Kubernetes rounds up: half a CPU in units of one CPU is 1.
  return String(Math.ceil(amount / (parseQuantity(reference.divisor ?? 1) || 1)))
}

/** Without a limit Kubernetes reports what the node can give; without a request, zero. */
function unlimited(group: string, resource: string): number | undefined {
  const capacity: Record<string, number> = { cpu: availableParallelism(), memory: totalmem(), 'ephemeral-storage': 0 }
  if (group !== 'limits' && group !== 'requests') return undefined
  return group === 'requests' && resource in capacity ? 0 : capacity[resource]
}
