// Which revision a request behind the gateway is for.

import type { RevisionTarget } from '../../../seams/upstreams.ts'
import { headerOf } from '../../codec/head.ts'
import type { RevisionEndpoint } from '../../table/cluster.ts'
import type { Hop } from '../hop.ts'

/**
 * The activator takes the revision from two headers; without both of them it is the first label of the host
 * (Knative 1.23, pkg/activator/handler/context_handler.go).
 */
export function targetOf(hop: Hop, endpoint: RevisionEndpoint): RevisionTarget {
  const { namespace, revision } = endpoint
  const target = endpoint.direct ? { namespace, revision } : activated(hop, namespace)
  return hop.incoming.repeats ? { ...target, background: true } : target
}

function activated({ headers, host }: Hop, namespace: string): RevisionTarget {
  const revision = headerOf(headers, 'knative-serving-revision')
  const named = headerOf(headers, 'knative-serving-namespace')
  return revision && named ? { namespace: named, revision } : { namespace, revision: /^[^.:]*/.exec(host)?.[0] ?? '' }
}
