// Brings a Service's Configuration and Route in line with it, and their status back.
import { annotations } from '../../api/serving/labels.ts'
import { type Configuration, type Route, type Service, serving, type TrafficTarget } from '../../api/serving/types.ts'
import { conditionOf, type Finding, settleConditions } from '../../kernel/conditions.ts'
import { equal } from '../../kernel/equal.ts'
import { revisionNameState } from '../configuration/revision-name.ts'
import { applyDesired, isControlledBy, type ServingContext, splitKey, writeStatus } from '../context.ts'
import { listOf } from '../route/routing-meta.ts'
import { makeConfiguration, makeRoute } from './resources.ts'

// What keeps a Service from its users is told first.
const conditionSet = { happy: 'Ready', dependents: ['RoutesReady', 'ConfigurationsReady'] }

/** What one pass found out. */
interface Outcome {
  findings: Record<string, Finding>
  fields: Partial<NonNullable<Service['status']>>
}

export function reconcileService(context: ServingContext, key: string): undefined {
  const { namespace, name } = splitKey(key)
  const service = context.store.get<Service>(serving.service, namespace, name)
  if (!service || service.metadata.deletionTimestamp) return
  const { findings, fields } = reconcileChildren(context, service)
  const conditions = settleConditions(conditionSet, service.status?.conditions, findings, context.clock.now())
  writeStatus(context.store, service, { ...service.status, ...fields, conditions })
}

function reconcileChildren(context: ServingContext, service: Service): Outcome {
  const configuration = reconcileConfiguration(context, service)
  if (!configuration) return { findings: { ConfigurationsReady: notOwned('Configuration', service) }, fields: {} }
  const template = configuration.spec.template
  const current = configuration.metadata.generation === configuration.status?.observedGeneration
  const ours = current
    ? configurationOutcome(configuration)
    : outcome('ConfigurationsReady', outOfDate('Configuration'))
  // The Route must not point at a revision by a name that may turn out to be taken.
  if (!current && template.metadata?.name) return ours
  if (revisionNameState(context.store, configuration) === 'taken')
    return joined(ours, nameTaken(template.metadata?.name))
  const route = reconcileRoute(context, service)
  if (!route) return joined(ours, { RoutesReady: notOwned('Route', service) })
  const upToDate = route.metadata.generation === route.status?.observedGeneration
  if (!upToDate) return joined(ours, { RoutesReady: outOfDate('Route') })
  return joined(ours, routeFindings(configuration, route), routeFields(route))
}

function joined(base: Outcome, findings: Record<string, Finding>, fields: Outcome['fields'] = {}): Outcome {
  return { findings: { ...base.findings, ...findings }, fields: { ...base.fields, ...fields } }
}

function outcome(type: string, finding: Finding): Outcome {
  return { findings: { [type]: finding }, fields: {} }
}

function reconcileConfiguration({ store }: ServingContext, service: Service): Configuration | undefined {
  const { namespace = '', name } = service.metadata
  const found = store.get<Configuration>(serving.configuration, namespace, name)
  if (found && !isControlledBy(found, service)) return undefined
  return applyDesired(
    store,
    found,
    makeConfiguration(service, listOf(found?.metadata.annotations?.[annotations.routes])),
  )
}

function reconcileRoute({ store }: ServingContext, service: Service): Route | undefined {
  const { namespace = '', name } = service.metadata
  const found = store.get<Route>(serving.route, namespace, name)
  if (found && !isControlledBy(found, service)) return undefined
  return applyDesired(store, found, makeRoute(service))
}

function configurationOutcome({ status = {} }: Configuration): Outcome {
  const { latestCreatedRevisionName, latestReadyRevisionName } = status
  return {
    findings: { ConfigurationsReady: conditionOf(status.conditions, 'Ready') ?? { status: 'Unknown' } },
    fields: { latestCreatedRevisionName, latestReadyRevisionName },
  }
}

function routeFields({ status = {} }: Route): Outcome['fields'] {
  return { url: status.url, address: status.address, traffic: status.traffic }
}

function routeFindings(configuration: Configuration, route: Route): Record<string, Finding> {
  const ready = conditionOf(route.status?.conditions, 'Ready') ?? { status: 'Unknown' }
  if (ready.status === 'True' && !trafficMigrated(configuration, route)) {
    const message = 'Traffic is not yet migrated to the latest revision.'
    return { RoutesReady: { status: 'Unknown', reason: 'TrafficNotMigrated', message } }
  }
  return { RoutesReady: ready }
}

/** True when the Route's status says what its spec asks for, with the latest ready revision put in. */
function trafficMigrated(configuration: Configuration, { spec, status }: Route): boolean {
  const latest = configuration.status?.latestReadyRevisionName
  const want = (spec.traffic ?? []).map(target =>
    comparable(target.configurationName ? { ...target, revisionName: latest } : target),
  )
  return equal(want, (status?.traffic ?? []).map(comparable))
}

function comparable({ tag, revisionName, percent }: TrafficTarget): TrafficTarget {
  return { tag, revisionName, percent }
}

function notOwned(kind: string, service: Service): Finding {
  const message = `There is an existing ${kind} "${service.metadata.name}" that we do not own.`
  return { status: 'False', reason: 'NotOwned', message }
}

function outOfDate(kind: string): Finding {
  const message = `The ${kind} is still working to reflect the latest desired specification.`
  return { status: 'Unknown', reason: 'OutOfDate', message }
}

function nameTaken(name: string | undefined): Record<string, Finding> {
  const message = `The revision name "${name}" is taken by a conflicting Revision, so traffic will not be migrated`
  return { RoutesReady: { status: 'False', reason: 'RevisionNameTaken', message } }
}
