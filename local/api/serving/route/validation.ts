// What the webhook refuses of traffic.
import type { FieldError } from '../../../kernel/errors.ts'
import type { KubeObject } from '../../../kernel/object.ts'
import { inPrintOrder } from '../../flaws.ts'
import type { AdmissionContext } from '../../kind.ts'
import { dns1035LabelFlaw, qualifiedNameFlaw } from '../../names.ts'
import { hostLabel, type NetworkConfig } from '../config/network.ts'
import { configsOf } from '../configs.ts'
import { disallowed, exactlyOne, invalidValue, outOfBounds } from '../flaws.ts'
import { labels } from '../labels.ts'
import { misplacedScalingFlaws, nameFlaws, ownerLabelFlaws, rolloutDurationFlaws } from '../metadata-validation.ts'
import type { Route, TrafficTarget } from '../types.ts'
import { userInfoFlaws } from '../user-info.ts'

export function validateRoute(object: KubeObject, context: AdmissionContext): FieldError[] {
  const route = object as Route
  const { network } = configsOf(context)
  return inPrintOrder([
    ...nameFlaws(route),
    ...misplacedScalingFlaws(route),
    ...ownerLabelFlaws(route, labels.service, 'Service'),
    ...rolloutDurationFlaws(route),
    ...trafficFlaws(route.spec.traffic ?? [], { name: route.metadata.name, network, ownConfiguration: false }),
    ...(route.metadata.ownerReferences ? [] : userInfoFlaws(route, context.before)),
  ])
}

export interface TrafficRules {
  /** The route's name. */
  name: string
  network: NetworkConfig
  /** True in a Service, whose targets without a revision follow its own Configuration. */
  ownConfiguration: boolean
}

const at = 'spec.traffic'

/** Flaws of the targets at `spec.traffic`. */
export function trafficFlaws(traffic: readonly TrafficTarget[], rules: TrafficRules): FieldError[] {
  const sum = traffic.reduce((total, target) => total + (target.percent ?? 0), 0)
  return [
    ...traffic.flatMap((target, index) => targetFlaws(target, `${at}[${index}]`, rules)),
    ...traffic.flatMap((target, index) => tagFlaws(target, index, traffic, rules)),
    ...(sum === 100 ? [] : [{ path: at, message: `Traffic targets sum to ${sum}, want 100` }]),
  ]
}

function targetFlaws(target: TrafficTarget, path: string, { ownConfiguration }: TrafficRules): FieldError[] {
  const { latestRevision, revisionName = '', percent = 0, url } = target
  const flaws: FieldError[] = []
  if (latestRevision !== undefined && latestRevision === Boolean(revisionName)) {
    const message = `may not set revisionName "${revisionName}" when latestRevision is ${latestRevision}`
    flaws.push({ path: `${path}.latestRevision`, message })
  }
  flaws.push(...referenceFlaws(target, path, ownConfiguration))
  if (percent < 0 || percent > 100) flaws.push(outOfBounds(percent, 0, 100, `${path}.percent`))
  if (url) flaws.push(disallowed(`${path}.url`))
  return flaws
}

function referenceFlaws(target: TrafficTarget, path: string, ownConfiguration: boolean): FieldError[] {
  const { revisionName, configurationName } = target
  if (ownConfiguration && configurationName) return [disallowed(`${path}.configurationName`)]
  const choices = ['revisionName', 'configurationName'] as const
  const set = choices.filter(field => target[field])
  if (!ownConfiguration || set.length > 0) {
    const flaws = exactlyOne(set, choices, path)
    if (flaws.length > 0) return flaws
  }
  const name = revisionName || configurationName || ''
  const flaw = name ? qualifiedNameFlaw(name) : undefined
  return flaw ? [{ path: `${path}.${set[0]}`, message: `invalid key name "${name}"`, details: flaw }] : []
}

function tagFlaws(
  target: TrafficTarget,
  index: number,
  traffic: readonly TrafficTarget[],
  rules: TrafficRules,
): FieldError[] {
  const { tag } = target
  if (!tag) return []
  const flaw = dns1035LabelFlaw(tag)
  if (flaw) return [invalidValue(`not a DNS 1035 label: [${flaw}]`, `${at}.tag[${index}]`)]
  const flaws: FieldError[] = []
  const first = traffic.findIndex(one => one.tag === tag)
  if (first < index) {
    flaws.push({ path: `${at}[${first}].tag, ${at}[${index}].tag`, message: `Multiple definitions for "${tag}"` })
  }
  // A cluster takes such a tag and then never gets the route ready; here it is said at once.
  const host = hostLabel(rules.network, rules.name, tag)
  if (host.length > 63) {
    const details = `"${host}" has ${host.length} characters: shorten the tag or the name`
    flaws.push(
      invalidValue('the first label of a host must be no more than 63 characters', `${at}[${index}].tag`, details),
    )
  }
  return flaws
}
