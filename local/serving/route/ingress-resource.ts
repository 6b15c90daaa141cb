// What a route asks of the mesh: its Ingress.
import type { Ingress, IngressPath, IngressRule, IngressSplit } from '../../api/networking/types.ts'
import { annotations, labels } from '../../api/serving/labels.ts'
import type { Route } from '../../api/serving/types.ts'
import { ownedBy } from '../../kernel/object.ts'
import { without } from '../context.ts'
import { clusterHost, clusterSpellings, type HostNaming, publicHost, type Visibility } from './hosts.ts'
import { type Rollout, sharesOf } from './rollout.ts'
import { mainHost, type RevisionTarget, rolloutFor, type Traffic } from './traffic.ts'

export interface IngressPlan {
  route: Route
  traffic: Traffic
  rollout: Rollout
  /** By tag. */
  visibility: Map<string, Visibility>
  naming: HostNaming
  /** True when the header Knative-Serving-Tag chooses a tag on the main host. */
  tagHeader: boolean
}

const tagHeaderName = 'Knative-Serving-Tag'
const defaultRouteHeader = 'Knative-Serving-Default-Route'

/** The Ingress of a route. */
export function makeIngress(plan: IngressPlan): Ingress {
  const { metadata } = plan.route
  const { name, namespace = '' } = metadata
  return {
    apiVersion: 'networking.internal.knative.dev/v1alpha1',
    kind: 'Ingress',
    metadata: {
      name,
      namespace,
      labels: { ...metadata.labels, [labels.route]: name, [labels.routeNamespace]: namespace },
      annotations: ingressAnnotations(plan),
      ownerReferences: [ownedBy(plan.route)],
    },
    spec: { httpOption: httpOption(plan), rules: [...plan.traffic.byTag.keys()].flatMap(tag => rulesOf(plan, tag)) },
  }
}

function ingressAnnotations(plan: IngressPlan): Record<string, string> {
  const { route, rollout, naming } = plan
  const tags = [...plan.traffic.byTag.keys()].filter(tag => tag !== mainHost)
  const hosts = Object.fromEntries(tags.map(tag => [tag, hostsOf(plan, tag)]))
  return {
    [annotations.ingressClass]: naming.network.ingressClass,
    ...without(route.metadata.annotations, annotations.lastApplied, annotations.rolloutDuration),
    [annotations.rollout]: JSON.stringify(rollout),
    ...(tags.length > 0 ? { [annotations.tagToHost]: JSON.stringify(hosts) } : {}),
  }
}

function hostsOf({ naming, route, visibility }: IngressPlan, tag: string): string[] {
  const inside = clusterHost(naming, route, tag)
  return visibility.get(tag) === 'ClusterLocal' ? [inside] : [inside, publicHost(naming, route, tag)]
}

function httpOption({ route, naming }: IngressPlan): 'Enabled' | 'Redirected' {
  const own = route.metadata.annotations?.[annotations.httpProtocol]?.toLowerCase()
  if (own === 'redirected') return 'Redirected'
  return own === 'enabled' ? 'Enabled' : naming.network.httpProtocol
}

/** One rule for callers inside the cluster, and one for those outside unless the host is kept inside. */
function rulesOf(plan: IngressPlan, tag: string): IngressRule[] {
  const [inside = '', outside] = hostsOf(plan, tag)
  const local: IngressRule = {
    hosts: clusterSpellings(inside),
    http: { paths: pathsOf(plan, tag) },
    visibility: 'ClusterLocal',
  }
  return outside === undefined
    ? [local]
    : [local, { hosts: [outside], http: { paths: pathsOf(plan, tag) }, visibility: 'ExternalIP' }]
}

function pathsOf(plan: IngressPlan, tag: string): IngressPath[] {
  const path = { splits: splitsOf(plan, tag) }
  if (!plan.tagHeader) return [path]
  if (tag !== mainHost) return [{ ...path, appendHeaders: { [tagHeaderName]: tag } }]
  const tags = [...plan.traffic.byTag.keys()].filter(one => one !== mainHost)
  const byHeader = tags.map(one => ({ headers: { [tagHeaderName]: { exact: one } }, splits: splitsOf(plan, one) }))
  return [...byHeader, { ...path, appendHeaders: { [defaultRouteHeader]: 'true' } }]
}

function splitsOf(plan: IngressPlan, tag: string): IngressSplit[] {
  const targets = (plan.traffic.byTag.get(tag) ?? []).filter(target => target.percent > 0)
  return targets.flatMap(target => sharesFor(plan, tag, target).map(share => split(plan.route, share)))
}

/** A target under rollout stands for the several revisions its traffic is on. */
function sharesFor({ rollout }: IngressPlan, tag: string, target: RevisionTarget) {
  const found = rolloutFor(rollout, tag, target)
  const shares = found ? sharesOf(found) : []
  return shares.length > 1 ? shares : [{ revisionName: target.revisionName, percent: target.percent }]
}

function split(
  { metadata }: Route,
  { revisionName, percent }: { revisionName: string; percent: number },
): IngressSplit {
  const namespace = metadata.namespace ?? ''
  return {
    appendHeaders: { 'Knative-Serving-Namespace': namespace, 'Knative-Serving-Revision': revisionName },
    percent,
    serviceName: revisionName,
    serviceNamespace: namespace,
    servicePort: 80,
  }
}
