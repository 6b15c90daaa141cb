// The status of a Broker of the default class: its address, and the conditions Knative's controller writes.
import { brokerClassAnnotation } from '../../api/eventing/broker.ts'
import type { Broker } from '../../api/eventing/types.ts'
import { type Finding, settleConditions } from '../../kernel/conditions.ts'
import type { Resolved } from './destination.ts'
import { brokerUrl } from './destination.ts'

/** The class that this runtime implements. */
export const brokerClass = 'MTChannelBasedBroker'

const conditions = {
  happy: 'Ready',
  dependents: ['Addressable', 'EventPoliciesReady', 'FilterReady', 'IngressReady', 'TriggerChannelReady'],
  info: ['DeadLetterSinkResolved'],
}

export const sinkNotConfigured: Finding = {
  status: 'True',
  reason: 'DeadLetterSinkNotConfigured',
  message: 'No dead letter sink is configured.',
}

/** True when the broker is of the class that stands here; others are left alone. */
export function isOurs(broker: Broker): boolean {
  return broker.metadata.annotations?.[brokerClassAnnotation] === brokerClass
}

/**
 * The status of `broker` when its dead-letter sink resolved to `sink` (undefined: it has none). A sink that cannot be
 * resolved ends the reconciliation, so a new broker gets no address then and an old one keeps its own.
 */
export function brokerStatus(broker: Broker, sink: Resolved | undefined, now: number): NonNullable<Broker['status']> {
  const { name, namespace = '' } = broker.metadata
  const address = sink && 'error' in sink ? broker.status?.address : { name: 'http', url: brokerUrl(namespace, name) }
  return {
    ...(address ? { address } : {}),
    annotations: channelAnnotations(namespace, name),
    conditions: settleConditions(conditions, broker.status?.conditions, findings(sink), now),
    ...(sink && 'url' in sink ? { deadLetterSinkUri: sink.url } : {}),
    observedGeneration: broker.metadata.generation ?? 1,
  }
}

function findings(sink: Resolved | undefined): Record<string, Finding> {
  const ready: Finding = { status: 'True' }
  const first = { FilterReady: ready, IngressReady: ready, TriggerChannelReady: ready }
  if (sink && 'error' in sink) return { ...first, DeadLetterSinkResolved: sinkFinding(sink) }
  return { ...first, DeadLetterSinkResolved: sinkFinding(sink), Addressable: ready, EventPoliciesReady: noPolicies }
}

const noPolicies: Finding = {
  status: 'True',
  reason: 'OIDCDisabled',
  message: 'Feature "authentication-oidc" must be enabled to support Authorization',
}

/** What is found out about a dead-letter sink, of a broker or a trigger. */
export function sinkFinding(sink: Resolved | undefined): Finding {
  if (!sink) return sinkNotConfigured
  if ('url' in sink) return { status: 'True' }
  return { status: 'False', reason: "Unable to get the dead letter sink's URI", message: sink.error }
}

// Clients read these to learn what carries the events; the log stands in for the channel.
function channelAnnotations(namespace: string, name: string): Record<string, string> {
  return {
    'knative.dev/channelAPIVersion': 'messaging.knative.dev/v1',
    'knative.dev/channelAddress': `http://${name}-kne-trigger-kn-channel.${namespace}.svc.cluster.local`,
    'knative.dev/channelKind': 'InMemoryChannel',
    'knative.dev/channelName': `${name}-kne-trigger`,
  }
}
