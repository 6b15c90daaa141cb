// Retries, faults and weights that do less than they seem to.
import type { Rule } from '../finding.ts'
import { httpRules } from '../manifest-set.ts'

/** Istio's default conditions have no 5xx among them (K10). */
export const retriesWithoutConditions: Rule = {
  code: 'retries-without-retry-on',
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
  code: 'fault-without-percentage',
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
  code: 'odd-weights',
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

/** One authority for all destinations wins over each destination's own Host (pattern e). */
export const twoAuthorities: Rule = {
  code: 'two-authorities',
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
