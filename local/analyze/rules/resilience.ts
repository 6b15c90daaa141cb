// Retries, faults and weights that do less than they seem to.
import { parseDuration } from '../../kernel/duration.ts'
import type { KubeObject } from '../../kernel/object.ts'
import type { Rule } from '../finding.ts'
import { clusterHost, httpRules, type ManifestSet, minScale, namespaceOf, settingOf } from '../manifest-set.ts'

/** Istio's default conditions have no 5xx among them. */
export const retriesWithoutConditions: Rule = {
  id: 'SK202',
  name: 'retries-without-retry-on',
  severity: 'warning',
  *find(set) {
    for (const { owner, rule, path } of httpRules(set)) {
      if (!rule.retries?.attempts || rule.retries.retryOn) continue
      yield {
        about: owner,
        path: `${path}.retries`,
        message: 'without retryOn only failed connections are tried again: a 500 or 503 of the service is not',
        instead: 'retryOn: 5xx,reset,connect-failure',
      }
    }
  },
}

/** No percentage is 0 %. */
export const faultWithoutPercentage: Rule = {
  id: 'SK203',
  name: 'fault-without-percentage',
  severity: 'warning',
  *find(set) {
    for (const { owner, rule, path } of httpRules(set)) {
      for (const kind of ['delay', 'abort'] as const) {
        const fault = rule.fault?.[kind]
        if (!fault || fault.percentage !== undefined || 'percent' in fault) continue
        yield {
          about: owner,
          path: `${path}.fault.${kind}`,
          message: `a ${kind} without percentage never happens`,
          instead: 'percentage: {value: 100}',
        }
      }
    }
  },
}

/** Weights are shares of their sum; people read them as percents. */
export const oddWeights: Rule = {
  id: 'SK204',
  name: 'odd-weights',
  severity: 'warning',
  *find(set) {
    for (const { owner, rule, path } of httpRules(set)) {
      const weights = (rule.route ?? []).map(({ weight = 0 }) => weight)
      const sum = weights.reduce((total, weight) => total + weight, 0)
      const only = weights.length === 1
      if (only ? sum === 0 || sum === 100 : weights.length === 0 || sum === 100) continue
      yield {
        about: owner,
        path: `${path}.route`,
        message: only
          ? `a single destination takes every request, whatever its weight (${sum})`
          : `the weights add up to ${sum}: each is its share of that, not percents`,
        instead: only ? 'no weight, or a second destination for the rest' : 'weights that add up to 100',
      }
    }
  },
}

/** One authority for all destinations wins over each destination's own Host. */
export const twoAuthorities: Rule = {
  id: 'SK205',
  name: 'two-authorities',
  severity: 'warning',
  *find(set) {
    for (const { owner, rule, path } of httpRules(set)) {
      if (!rule.rewrite?.authority) continue
      for (const [index, { headers }] of (rule.route ?? []).entries()) {
        const host = Object.keys(headers?.request?.set ?? {}).find(name => /^(host|:authority)$/i.test(name))
        if (!host) continue
        yield {
          about: owner,
          path: `${path}.route[${index}].headers.request.set.${host}`,
          message: `rewrite.authority of the rule wins over this ${host}: every destination gets ${rule.rewrite.authority}`,
          instead: 'no rewrite.authority where destinations set their own Host',
        }
      }
    }
  },
}

/** The filter for faults stands before the router, which alone knows timeouts and retries. */
export const faultBeforeRetries: Rule = {
  id: 'SK206',
  name: 'fault-before-retries',
  severity: 'warning',
  *find(set) {
    for (const { owner, rule, path } of httpRules(set)) {
      const { fault, retries, timeout } = rule
      const beside = [retries?.attempts ? 'retries' : '', timeout && timeout !== '0s' ? 'timeout' : ''].filter(Boolean)
      if (!fault || beside.length === 0) continue
      yield {
        about: owner,
        path: `${path}.fault`,
        message: `the fault comes before the ${beside.join(' and the ')} of the same rule: aborts are not tried again, delays are not cut off`,
        instead: 'the fault on the callee’s host, retries and timeout on the caller’s',
      }
    }
  },
}

/** What a Knative Service takes to answer from zero, at the least (1.0 to 1.7 s without a sidecar). */
const coldStartMs = 1_000

export const timeoutUnderColdStart: Rule = {
  id: 'SK207',
  name: 'timeout-under-cold-start',
  severity: 'warning',
  *find(set) {
    for (const { owner, rule, path } of httpRules(set)) {
      const called = set.owner(clusterHost(rule.rewrite?.authority ?? ''))
      if (called?.kind !== 'knative' || isKeptWarm(set, called.service.object)) continue
      const limits = { timeout: rule.timeout, 'retries.perTryTimeout': rule.retries?.perTryTimeout }
      for (const [field, written] of Object.entries(limits)) {
        const ms = written === undefined ? 0 : (parseDuration(written) ?? 0)
        if (ms <= 0 || ms >= coldStartMs) continue
        yield {
          about: owner,
          path: `${path}.${field}`,
          message: `${written} is less than "${called.service.object.metadata.name}" needs to start from zero: its first request ends with 504`,
          instead: 'more than a cold start takes, or min-scale: "1" on the revisions',
        }
      }
    }
  },
}

function isKeptWarm({ knativeServices }: ManifestSet, { metadata }: KubeObject): boolean {
  return knativeServices
    .filter(
      ({ object }) =>
        object.metadata.name === metadata.name && namespaceOf(object) === (metadata.namespace ?? 'default'),
    )
    .every(({ object }) => Number(object.spec?.template?.metadata?.annotations?.[minScale] ?? 0) > 0)
}

/** Off by default, as is every feature of Knative that changes what requests mean. */
export const tagHeaderIgnored: Rule = {
  id: 'SK208',
  name: 'tag-header-ignored',
  severity: 'error',
  *find(set) {
    if (settingOf(set, 'config-features', 'tag-header-based-routing') === 'enabled') return
    for (const { owner, rule, path } of httpRules(set)) {
      const names = Object.keys(rule.headers?.request?.set ?? {})
      const name = names.find(one => one.toLowerCase() === 'knative-serving-tag')
      if (!name) continue
      yield {
        about: owner,
        path: `${path}.headers.request.set.${name}`,
        message: 'Knative does not look at this header unless the feature is on: every request takes the default route',
        instead:
          'tag-header-based-routing: enabled in ConfigMap config-features, or rewrite.authority to the tag’s host',
      }
    }
  },
}
