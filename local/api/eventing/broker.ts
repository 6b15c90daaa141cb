// The kind Broker (eventing.knative.dev/v1): schema, columns, defaults from config-br-defaults, validation.
import { parse } from 'yaml'
import type { FieldError } from '../../kernel/errors.ts'
import type { KubeObject, ObjectReference } from '../../kernel/object.ts'
import { inPrintOrder, referenceFlaws } from '../flaws.ts'
import type { AdmissionContext, Kind } from '../kind.ts'
import { object, objectSchema } from '../schema.ts'
import { setDestinationDefaults, setUserInfo } from './admission.ts'
import { ageAndReady, urlColumn } from './columns.ts'
import { deliveryFlaws, immutableFlaws } from './flaws.ts'
import { addressable, configReference, delivery, statusSchema } from './schema.ts'
import type { Broker, DeliverySpec } from './types.ts'

/** The annotation that names the implementation of a broker. */
export const brokerClassAnnotation = 'eventing.knative.dev/broker.class'

interface BrokerDefaults extends Partial<ObjectReference> {
  brokerClass?: string
  delivery?: DeliverySpec
}

// What Knative ships in the ConfigMap config-br-defaults.
const shipped: BrokerDefaults = {
  brokerClass: 'MTChannelBasedBroker',
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name: 'config-br-default-channel',
  namespace: 'knative-eventing',
  delivery: { retry: 10, backoffPolicy: 'exponential', backoffDelay: 'PT0.2S' },
}

export const brokerKind: Kind = {
  group: 'eventing.knative.dev',
  versions: ['v1'],
  kind: 'Broker',
  plural: 'brokers',
  singular: 'broker',
  categories: ['all', 'knative', 'eventing'],
  namespaced: true,
  status: true,
  webhook: 'validation.webhook.eventing.knative.dev',
  schema: objectSchema({
    spec: object({ config: configReference, delivery }),
    status: statusSchema({ address: addressable }),
  }),
  columns: [urlColumn, ...ageAndReady],
  setDefaults: (object, context) => setBrokerDefaults(object as Broker, context),
  validate: (object, context) => brokerFlaws(object as Broker, context),
}

function setBrokerDefaults(broker: Broker, context: AdmissionContext): void {
  const defaults = defaultsFor(broker, context)
  const before = context.before?.metadata.annotations?.[brokerClassAnnotation]
  const given = broker.metadata.annotations?.[brokerClassAnnotation]
  const brokerClass = given ?? before ?? defaults.brokerClass ?? 'MTChannelBasedBroker'
  broker.metadata.annotations = { ...broker.metadata.annotations, [brokerClassAnnotation]: brokerClass }
  broker.spec ??= {}
  broker.spec.config ??= defaultConfig(defaults)
  if (broker.spec.config) broker.spec.config.namespace ??= broker.metadata.namespace ?? 'default'
  // Whoever states a delivery spec states all of it (eventing pkg/apis/eventing/v1/broker_defaults.go).
  if (defaults.delivery) broker.spec.delivery ??= structuredClone(defaults.delivery)
  setDestinationDefaults(broker.spec.delivery?.deadLetterSink, broker)
  setUserInfo(broker, context)
}

function defaultConfig({ apiVersion, kind, name, namespace }: BrokerDefaults): ObjectReference | undefined {
  if (!kind || !name) return undefined
  return { apiVersion: apiVersion ?? 'v1', kind, name, ...(namespace ? { namespace } : {}) }
}

// Namespace defaults go before the cluster's, as in Knative. A ConfigMap that is no YAML counts as none.
function defaultsFor(object: KubeObject, context: AdmissionContext): BrokerDefaults {
  const text = context.config('knative-eventing', 'config-br-defaults')['default-br-config']
  if (!text) return shipped
  const table = readDefaults(text)
  return table?.namespaceDefaults?.[object.metadata.namespace ?? ''] ?? table?.clusterDefault ?? shipped
}

interface DefaultsTable {
  clusterDefault?: BrokerDefaults
  namespaceDefaults?: Record<string, BrokerDefaults>
}

function readDefaults(text: string): DefaultsTable | undefined {
  try {
    return (parse(text) ?? undefined) as DefaultsTable | undefined
  } catch {
    return undefined
  }
}

function brokerFlaws(broker: Broker, context: AdmissionContext): FieldError[] {
  const before = context.before as Broker | undefined
  const classOf = (one: Broker) => one.metadata.annotations?.[brokerClassAnnotation]
  return inPrintOrder([
    ...(broker.spec.config ? referenceFlaws(broker.spec.config, 'spec.config') : []),
    ...deliveryFlaws(broker.spec.delivery, 'spec.delivery', context),
    ...(before ? immutableFlaws(classOf(before), classOf(broker), 'annotations') : []),
  ])
}
