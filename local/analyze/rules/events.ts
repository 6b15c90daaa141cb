// Events: what a broker does not pass on, and what is lost on the way.
import type { Destination } from '../../api/eventing/types.ts'
import type { Rule } from '../finding.ts'
import { clusterHost, fullHost, httpRules, namespaceOf } from '../manifest-set.ts'

/** Attributes and extensions of an event arrive as `ce-…`; of a producer's own headers only tracing ones do. */
const passedOn =
  /^(ce-.*|x-request-id|x-b3-.*|b3|traceparent|tracestate|knative-.*|retry-after|content-type|user-agent)$/i

/** Rules of a subscriber's host that match on a header no event has. */
export const headerOfEvents: Rule = {
  id: 'SK701',
  name: 'header-of-events',
  severity: 'warning',
  *find(set) {
    const hosts = new Set(
      set.triggers.flatMap(one => subscriberHost(one.object.spec.subscriber, namespaceOf(one.object))),
    )
    for (const { owner, rule, path } of httpRules(set)) {
      const own = (owner.object.spec.hosts ?? []).map(host => clusterHost(fullHost(host, namespaceOf(owner.object))))
      if (!own.some(host => hosts.has(host))) continue
      for (const [index, { headers = {} }] of (rule.match ?? []).entries()) {
        const lost = Object.keys(headers).find(name => !passedOn.test(name))
        if (lost === undefined) continue
        yield {
          about: owner,
          path: `${path}.match[${index}].headers.${lost}`,
          message: `events come to this host, and a broker does not pass ${lost} on: no event ever matches`,
          instead: `an extension attribute of the event, which arrives as "ce-${lost.replaceAll(/[^a-z0-9]/gi, '').toLowerCase()}"`,
        }
      }
    }
  },
}

export const noDeadLetters: Rule = {
  id: 'SK702',
  name: 'no-dead-letters',
  severity: 'warning',
  *find(set) {
    for (const about of set.triggers) {
      const { broker: name, delivery } = about.object.spec
      const broker = set.brokers.find(
        ({ object }) => object.metadata.name === name && namespaceOf(object) === namespaceOf(about.object),
      )
      if (!broker || delivery?.deadLetterSink || broker.object.spec?.delivery?.deadLetterSink) continue
      yield {
        about,
        path: 'spec.delivery',
        message: 'neither the trigger nor its broker has a dead-letter sink: an event that stays undelivered is gone',
        instead: 'delivery.deadLetterSink of the broker or the trigger',
      }
    }
  },
}

export const channelInMemory: Rule = {
  id: 'SK703',
  name: 'channel-in-memory',
  severity: 'warning',
  *find(set) {
    for (const about of set.inMemoryChannels) {
      yield {
        about,
        path: 'kind',
        message: 'events in this channel are lost when its dispatcher restarts, and come in any order',
        instead: 'a durable channel, or a broker of a durable class',
      }
    }
  },
}

/** The binding changes the template, which a revision of a chosen name does not allow. */
export const bindingOfNamedRevision: Rule = {
  id: 'SK704',
  name: 'binding-of-named-revision',
  severity: 'error',
  *find(set) {
    for (const about of set.sinkBindings) {
      const { subject } = about.object.spec
      const bound = set.knativeServices.find(
        ({ object }) =>
          subject.kind === 'Service' &&
          subject.apiVersion.startsWith('serving.knative.dev/') &&
          object.metadata.name === subject.name &&
          namespaceOf(object) === (subject.namespace ?? namespaceOf(about.object)),
      )
      const revision = bound?.object.spec?.template?.metadata?.name
      if (!bound || !revision) continue
      yield {
        about,
        path: 'spec.subject',
        message: `it writes K_SINK into the template of a revision with a name of its own ("${revision}"): refused as a change without a name change`,
        instead: 'a plain env with the URL of the broker, or no name in the template',
      }
    }
  },
}

function subscriberHost({ uri, ref }: Destination, namespace: string): string[] {
  if (ref) return ref.name ? [`${ref.name}.${ref.namespace ?? namespace}.svc.cluster.local`] : []
  const host = uri === undefined ? undefined : URL.parse(uri)?.hostname
  return host ? [clusterHost(host)] : []
}
