// What a Broker of the class says of its server: spec.config, followed to where it ends.
import { type RabbitmqBrokerConfig, rabbitmq } from '../../api/eventing/rabbitmq.ts'
import type { Broker } from '../../api/eventing/types.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import { locate, type RabbitmqAddress } from './address.ts'

export interface BrokerConfig {
  address: RabbitmqAddress
  queueType: 'quorum' | 'classic'
}

/** Follows spec.config (eventing-rabbitmq pkg/brokerconfig); the error says what would be right. */
export function brokerConfigOf(
  broker: Broker,
  store: Pick<ObjectStore, 'get'>,
  defaultUrl: string | undefined,
): BrokerConfig | { error: string } {
  const { config } = broker.spec
  const own = broker.metadata.namespace ?? ''
  if (config?.kind === 'RabbitmqCluster') {
    const reference = { name: config.name, namespace: config.namespace ?? own }
    return withType(locate(reference, { store, namespace: own, vhost: undefined, defaultUrl }), 'quorum')
  }
  if (config?.kind !== 'RabbitmqBrokerConfig') {
    const given = config ? `${config.kind} ${config.name}` : 'missing'
    return { error: `spec.config is ${given}: the class takes a RabbitmqBrokerConfig (eventing.knative.dev/v1alpha1)` }
  }
  const namespace = config.namespace ?? own
  const found = store.get<RabbitmqBrokerConfig>(rabbitmq.brokerConfig, namespace, config.name)
  if (!found) return { error: `RabbitmqBrokerConfig ${namespace}/${config.name} not found` }
  const { rabbitmqClusterReference, vhost, queueType = 'quorum' } = found.spec
  return withType(locate(rabbitmqClusterReference, { store, namespace, vhost, defaultUrl }), queueType)
}

function withType(located: ReturnType<typeof locate>, queueType: BrokerConfig['queueType']) {
  return 'error' in located ? located : { ...located, queueType }
}
