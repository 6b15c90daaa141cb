// What the webhook fills into a revision's spec, from config-defaults (knative/serving revision_defaults.go).
import type { KubeObject, ObjectMeta } from '../../../kernel/object.ts'
import type { Container, PodSpec, Probe } from '../../core/pod-spec.ts'
import type { AdmissionContext } from '../../kind.ts'
import type { DefaultsConfig } from '../config/defaults.ts'
import { configsOf } from '../configs.ts'
import type { RevisionSpec } from '../types.ts'

export function setRevisionDefaults(object: KubeObject, context: AdmissionContext): void {
  const revision = object as KubeObject & { spec?: RevisionSpec }
  if (context.before) return
  revision.spec ??= { containers: [] }
  defaultRevisionSpec(revision.spec, revision.metadata, context)
}

/** Fills in `spec`; `parent` is the metadata that name templates see. */
export function defaultRevisionSpec(spec: RevisionSpec, parent: ObjectMeta, context: AdmissionContext): void {
  const { defaults } = configsOf(context)
  defaultTimeouts(spec, defaults)
  spec.containerConcurrency ??= defaults.containerConcurrency
  const taken = new Set([...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(one => one.name))
  nameContainers(spec.containers ?? [], taken, defaults.containerName.render(templateData(parent)))
  nameContainers(spec.initContainers ?? [], taken, defaults.initContainerName.render(templateData(parent)))
  for (const container of spec.containers ?? []) defaultContainer(container, spec, defaults)
  if (!context.before && defaults.enableServiceLinks !== undefined) {
    spec.enableServiceLinks ??= defaults.enableServiceLinks
  }
}

function defaultTimeouts(spec: RevisionSpec, defaults: DefaultsConfig): void {
  spec.timeoutSeconds ||= defaults.timeoutSeconds
  // A default that is not shorter than the whole request may take would say nothing.
  const shorter = (seconds = 0) => (seconds !== 0 && seconds < (spec.timeoutSeconds ?? 0) ? seconds : undefined)
  const idle = spec.idleTimeoutSeconds ?? shorter(defaults.idleTimeoutSeconds)
  const start = spec.responseStartTimeoutSeconds ?? shorter(defaults.responseStartTimeoutSeconds)
  if (idle !== undefined) spec.idleTimeoutSeconds = idle
  if (start !== undefined) spec.responseStartTimeoutSeconds = start
}

function templateData(meta: ObjectMeta) {
  const { name = '', namespace = '', labels = {}, annotations = {} } = meta
  return { Name: name, Namespace: namespace, Labels: labels, Annotations: annotations }
}

/** A lone container takes the name itself; several take `-0`, `-1`, … where free. */
function nameContainers(containers: Container[], taken: Set<string | undefined>, name: string): void {
  let suffix = 0
  for (const container of containers) {
    if (container.name) continue
    let candidate = name
    while (containers.length > 1 || taken.has(name)) {
      candidate = `${name}-${suffix++}`
      if (!taken.has(candidate)) break
    }
    container.name = candidate
  }
}

function defaultContainer(container: Container, spec: PodSpec, defaults: DefaultsConfig): void {
  container.resources ??= {}
  const resources = container.resources
  resources.requests = withDefaults(resources.requests, {
    cpu: defaults.cpuRequest,
    memory: defaults.memoryRequest,
    'ephemeral-storage': defaults.ephemeralStorageRequest,
  })
  resources.limits = withDefaults(resources.limits, {
    cpu: defaults.cpuLimit,
    memory: defaults.memoryLimit,
    'ephemeral-storage': defaults.ephemeralStorageLimit,
  })
  for (const key of ['requests', 'limits'] as const) if (!resources[key]) delete resources[key]
  if (spec.containers.length === 1 || container.ports?.length) container.readinessProbe ??= {}
  if (container.readinessProbe) defaultReadiness(container.readinessProbe, spec.containers.length, container)
  for (const probe of [container.readinessProbe, container.livenessProbe, container.startupProbe]) {
    if (probe?.grpc) probe.grpc.service ??= ''
  }
  defaultMounts(container, spec)
}

type Quantities = Record<string, string | number>

function withDefaults(given: Quantities | undefined, defaults: Record<string, string | undefined>) {
  const added = Object.entries(defaults).filter(([name, value]) => value !== undefined && given?.[name] === undefined)
  return added.length ? { ...(Object.fromEntries(added) as Quantities), ...given } : given
}

/** The serving container is probed over TCP on its port unless told otherwise; port 0 stands for that port. */
function defaultReadiness(probe: Probe, containers: number, container: Container): void {
  const serves = containers === 1 || Boolean(container.ports?.length)
  if (serves && !probe.tcpSocket && !probe.httpGet && !probe.exec && !probe.grpc) probe.tcpSocket = { port: 0 }
  if (probe.tcpSocket) probe.tcpSocket.port ??= 0
  if (probe.httpGet) probe.httpGet.port ??= 0
  probe.successThreshold ||= 1
  if (!probe.periodSeconds) return
  probe.failureThreshold ||= 3
  probe.timeoutSeconds ||= 1
}

/** Only volumes of the pod's own are writable. */
function defaultMounts(container: Container, spec: PodSpec): void {
  const own = (spec.volumes ?? []).filter(one => one.emptyDir || one.persistentVolumeClaim || one.ephemeral)
  const writable = new Set(own.map(one => one.name))
  for (const mount of container.volumeMounts ?? []) if (!writable.has(mount.name)) mount.readOnly = true
}
