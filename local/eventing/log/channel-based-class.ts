// The broker class MTChannelBasedBroker: the log in the place of Knative's channel, ingress and filter.
import type { Broker } from '../../api/eventing/types.ts'
import type { BrokerClass, Holding } from '../broker-class.ts'
import type { Topics } from './topics.ts'

export const channelBasedClassName = 'MTChannelBasedBroker'

/** The class whose brokers are topics of the log, under their own names. */
export function channelBasedClass(topics: Pick<Topics, keyof BrokerClass & keyof Topics>): BrokerClass {
  return {
    name: channelBasedClassName,
    conditions: ['EventPoliciesReady', 'FilterReady', 'IngressReady', 'TriggerChannelReady'],
    hold: holding,
    // Entries that no consumer waits for are deleted by themselves.
    release() {},
    accept: (broker, events, reserve) => topics.accept(broker, events, reserve),
    serve: ({ broker, ...consumer }) => topics.serve({ ...consumer, topic: broker }),
    withdraw: uid => topics.withdraw(uid),
    settled: () => topics.settled(),
    stop: () => topics.stop(),
  }
}

function holding({ metadata: { name, namespace = '' } }: Broker): Holding {
  const ready = { status: 'True' } as const
  return {
    findings: { FilterReady: ready, IngressReady: ready, TriggerChannelReady: ready, EventPoliciesReady: noPolicies },
    // Clients read these to learn what carries the events; the log stands in for the channel.
    annotations: {
      'knative.dev/channelAPIVersion': 'messaging.knative.dev/v1',
      'knative.dev/channelAddress': `http://${name}-kne-trigger-kn-channel.${namespace}.svc.cluster.local`,
      'knative.dev/channelKind': 'InMemoryChannel',
      'knative.dev/channelName': `${name}-kne-trigger`,
    },
  }
}

/** What is said of policies as long as nobody is authenticated. */
export const noPolicies = {
  status: 'True',
  reason: 'OIDCDisabled',
  message: 'Feature "authentication-oidc" must be enabled to support Authorization',
} as const
