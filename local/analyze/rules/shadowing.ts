// Order: rules that an earlier one of the same VirtualService leaves nothing to.
import type { HttpMatchRequest, HttpRoute, StringMatch } from '../../api/istio/types.ts'
import type { Rule } from '../finding.ts'

/** The first match wins, so whatever an earlier rule takes as well never gets here. */
export const shadowedRule: Rule = {
  id: 'SK201',
  name: 'shadowed-rule',
  severity: 'warning',
  *find(set) {
    for (const about of set.virtualServices) {
      const rules = about.object.spec.http ?? []
      for (const [index, rule] of rules.entries()) {
        const earlier = rules.findIndex((other, at) => at < index && takesAllOf(other, rule))
        if (earlier < 0) continue
        const name = rules[earlier]?.name ? ` "${rules[earlier]?.name}"` : ''
        const line = about.locate(`spec.http[${earlier}]`).line
        const takes = takesEverything(rules[earlier]) ? 'every request' : 'all requests of this one'
        yield {
          about,
          path: `spec.http[${index}]`,
          message: `no request comes here: the rule${name} before it (line ${line}) takes ${takes}`,
          instead: takesEverything(rules[earlier])
            ? 'the rule without conditions last'
            : 'the narrower rule before the wider one',
        }
      }
    }
  },
}

function takesEverything(rule: HttpRoute | undefined): boolean {
  return rule !== undefined && takesAllOf(rule, {})
}

/** True when each entry of `later` is covered by one entry of `earlier`. */
export function takesAllOf(earlier: HttpRoute, later: HttpRoute): boolean {
  const entries = (rule: HttpRoute) => (rule.match?.length ? rule.match : [{}])
  return entries(later).every(narrow => entries(earlier).some(wide => covers(wide, narrow)))
}

/** Whatever holds for `narrow` holds for `wide`. Says no when it cannot tell. */
function covers(wide: HttpMatchRequest, narrow: HttpMatchRequest): boolean {
  const { uri, scheme, method, authority, headers, withoutHeaders, queryParams, ...rest } = wide
  const { port, sourceLabels, sourceNamespace, gateways, ignoreUriCase } = rest
  const ignoring = ignoreUriCase === narrow.ignoreUriCase || uri === undefined || uri.prefix === '/'
  return (
    ignoring &&
    (uri?.prefix === '/' || implied(uri, narrow.uri)) &&
    implied(scheme, narrow.scheme) &&
    implied(method, narrow.method) &&
    implied(authority, narrow.authority) &&
    allImplied(headers, narrow.headers) &&
    allImplied(queryParams, narrow.queryParams) &&
    allEqual(withoutHeaders, narrow.withoutHeaders) &&
    allEqual(sourceLabels, narrow.sourceLabels) &&
    (port === undefined || port === narrow.port) &&
    (sourceNamespace === undefined || sourceNamespace === narrow.sourceNamespace) &&
    (gateways === undefined || same(gateways, narrow.gateways))
  )
}

function implied(wide: StringMatch | undefined, narrow: StringMatch | undefined): boolean {
  if (wide === undefined || same(wide, narrow)) return true
  if (narrow === undefined) return false
  if (wide.prefix !== undefined) return (narrow.exact ?? narrow.prefix)?.startsWith(wide.prefix) ?? false
  return wide.exact === undefined && wide.regex === undefined
}

function allImplied(wide: Record<string, StringMatch> = {}, narrow: Record<string, StringMatch> = {}): boolean {
  return Object.entries(wide).every(([name, match]) => name in narrow && implied(match, narrow[name]))
}

function allEqual(wide: Record<string, unknown> = {}, narrow: Record<string, unknown> = {}): boolean {
  return Object.entries(wide).every(([name, value]) => name in narrow && same(value, narrow[name]))
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)
