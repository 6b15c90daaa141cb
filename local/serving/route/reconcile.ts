// Brings a route's traffic to the mesh: targets resolved, hosts named, Ingress and placeholder Services written.
import { core } from '../../api/core/types.ts'
import { type Ingress, networking } from '../../api/networking/types.ts'
import { hostLabel } from '../../api/serving/config/network.ts'
import { annotations, finalizers } from '../../api/serving/labels.ts'
import { type Route, serving, type TrafficTarget } from '../../api/serving/types.ts'
import { conditionOf, type Finding, isTrue, settleConditions } from '../../kernel/conditions.ts'
import type { ReconcileResult } from '../../kernel/controller.ts'
import { parseDuration } from '../../kernel/duration.ts'
import { applyDesired, type ServingContext, setFinalizer, splitKey, writeStatus } from '../context.ts'
import { clusterHost, type HostNaming, hostFlaw, publicHost, urlOf, type Visibility, visibilityOf } from './hosts.ts'
import { makeIngress } from './ingress-resource.ts'
import { reconcilePlaceholders } from './placeholder.ts'
import { isDone, observeReady, parseRollout, type Rollout, sharesOf, stepRollout } from './rollout.ts'
import { clearRoutingMeta, syncRoutingMeta } from './routing-meta.ts'
import { mainHost, resolveTraffic, rolloutFor, rolloutGoal, type Traffic } from './traffic.ts'

const conditionSet = { happy: 'Ready', dependents: ['AllTrafficAssigned', 'IngressReady', 'CertificateProvisioned'] }

const nanosPerMs = 1e6

type Status = NonNullable<Route['status']>

/** What one pass found out; `againAfterMs` when a rollout takes its next step. */
interface Outcome {
  findings: Record<string, Finding>
  fields: Partial<Status>
  againAfterMs?: number
}

export function reconcileRoute(context: ServingContext, key: string): ReconcileResult {
  const { namespace, name } = splitKey(key)
  const found = context.store.get<Route>(serving.route, namespace, name)
  if (!found) return
  if (found.metadata.deletionTimestamp) return finalize(context, found)
  const route = setFinalizer(context.store, found, finalizers.route, true)
  const { findings, fields, againAfterMs } = withFirstSight(route, reconcileTraffic(context, route))
  const conditions = settleConditions(conditionSet, route.status?.conditions, findings, context.clock.now())
  const written = writeStatus(context.store, route, { ...route.status, ...fields, conditions })
  syncRoutingMeta(context.store, written, context.clock.now())
  return againAfterMs === undefined ? undefined : { againAfterMs }
}

function finalize({ store, clock }: ServingContext, route: Route): undefined {
  clearRoutingMeta(store, route, clock.now())
  setFinalizer(store, route, finalizers.route, false)
}

/** A new generation is never ready by what the ingress said of the one before. */
function withFirstSight({ metadata, status }: Route, outcome: Outcome): Outcome {
  if (status?.observedGeneration === metadata.generation) return outcome
  return { ...outcome, findings: { IngressReady: ingressNotConfigured, ...outcome.findings } }
}

function reconcileTraffic(context: ServingContext, route: Route): Outcome {
  const naming = namingOf(context)
  const tags = [mainHost, ...(route.spec.traffic ?? []).flatMap(one => one.tag ?? [])]
  const visibility = new Map(tags.map(tag => [tag, visibilityFor(context, naming, route, tag)]))
  const url = urlOf(naming, route, mainHost, visibility.get(mainHost) ?? 'ExternalIP')
  const flaw = tags.map(tag => hostFlaw(publicHost(naming, route, tag))).find(Boolean)
  if (flaw)
    return {
      findings: { AllTrafficAssigned: { status: 'False', reason: 'ErrorConfig', message: flaw } },
      fields: { url },
    }
  const resolved = resolveTraffic(context.store, route)
  if ('problem' in resolved) return { findings: { AllTrafficAssigned: resolved.problem }, fields: { url } }
  const outcome = program(context, route, resolved.traffic, visibility, naming)
  const address = { url: `http://${clusterHost(naming, route)}` }
  return { ...outcome, fields: { url, address, ...outcome.fields } }
}

function namingOf({ configs, publicPort }: ServingContext): HostNaming {
  return { network: configs.network(), domain: configs.domain(), publicPort }
}

function visibilityFor({ store }: ServingContext, naming: HostNaming, route: Route, tag: string): Visibility {
  const { namespace = '', name } = route.metadata
  return visibilityOf(naming, route, store.get(core.service, namespace, hostLabel(naming.network, name, tag)))
}

/** Writes what the mesh reads; all targets are ready by now. */
function program(
  context: ServingContext,
  route: Route,
  traffic: Traffic,
  visibility: Map<string, Visibility>,
  naming: HostNaming,
): Outcome {
  const assigned: Record<string, Finding> = {
    AllTrafficAssigned: { status: 'True' },
    CertificateProvisioned: { status: 'True', reason: 'TLSNotEnabled', message: 'external-domain-tls is not enabled' },
  }
  const statusFor = (rollout: Rollout) => ({
    traffic: trafficStatus(traffic, rollout, tag => urlOf(naming, route, tag, visibility.get(tag) ?? 'ExternalIP')),
  })
  const foreign = reconcilePlaceholders(context.store, naming.network, route, traffic.byTag.keys())
  if (foreign) return { findings: { ...assigned, IngressReady: serviceNotOwned(foreign) }, fields: statusFor({}) }
  const { namespace = '', name } = route.metadata
  const found = context.store.get<Ingress>(networking.ingress, namespace, name)
  const { rollout, nextAt } = nextRollout(context, route, rolloutGoal(traffic), found)
  const tagHeader = context.configs.features().tagHeaderBasedRouting === 'Enabled'
  const ingress = applyDesired(
    context.store,
    found,
    makeIngress({ route, traffic, rollout, visibility, naming, tagHeader }),
  )
  return {
    findings: { ...assigned, IngressReady: ingressFinding(ingress, rollout) },
    fields: statusFor(rollout),
    ...(nextAt === undefined
      ? {}
      : { againAfterMs: Math.max(1, Math.ceil(nextAt / nanosPerMs - context.clock.now())) }),
  }
}

/** The rollout that holds now; without a duration all traffic moves at once. */
function nextRollout(
  context: ServingContext,
  route: Route,
  goal: Rollout,
  ingress: Ingress | undefined,
): { rollout: Rollout; nextAt?: number } {
  const own = parseDuration(route.metadata.annotations?.[annotations.rolloutDuration] ?? '') ?? 0
  const seconds = Math.trunc(own / 1_000) || context.configs.network().rolloutDurationSeconds
  if (seconds <= 0 || !ingress) return { rollout: goal }
  const now = context.clock.now() * nanosPerMs
  const before = parseRollout(ingress.metadata.annotations?.[annotations.rollout])
  // The route saw the ingress not ready while it was reprogrammed: now that it is, the first percent has arrived.
  const arrived = isProgrammed(ingress) && !isTrue(route.status?.conditions, 'IngressReady')
  return stepRollout(goal, before && arrived ? observeReady(before, now, seconds) : before, now)
}

function isProgrammed({ metadata, status }: Ingress): boolean {
  return status?.observedGeneration === metadata.generation && isTrue(status?.conditions)
}

const ingressNotConfigured: Finding = {
  status: 'Unknown',
  reason: 'IngressNotConfigured',
  message: 'Ingress has not yet been reconciled.',
}

function ingressFinding({ metadata, status }: Ingress, rollout: Rollout): Finding {
  if (!isDone(rollout)) {
    const message = 'A gradual rollout of the latest revision(s) is in progress.'
    return { status: 'Unknown', reason: 'RolloutInProgress', message }
  }
  if (status?.observedGeneration !== metadata.generation) return ingressNotConfigured
  return conditionOf(status?.conditions, 'Ready') ?? ingressNotConfigured
}

function serviceNotOwned(name: string): Finding {
  const message = `There is an existing placeholder Service "${name}" that we do not own.`
  return { status: 'False', reason: 'NotOwned', message }
}

/** Each target with its revision put in; one under rollout is listed once a revision. */
function trafficStatus({ targets }: Traffic, rollout: Rollout, url: (tag: string) => string): TrafficTarget[] {
  return targets.flatMap(target => {
    const { tag, latestRevision } = target
    const found = rolloutFor(rollout, tag, target)
    const shares = found && !isDone(rollout) ? sharesOf(found) : [target]
    const named = tag ? { tag, url: url(tag) } : {}
    return shares.map(({ revisionName, percent }) => ({ ...named, latestRevision, percent, revisionName }))
  })
}
