// VirtualService rules as Envoy's routes, as Istio's control plane writes them (pilot/pkg/networking/core/route).
import type {
  CorsPolicy,
  Headers,
  HttpMatchRequest,
  HttpRoute,
  HttpRouteDestination,
  StringMatch,
} from '../../local/api/istio/types.ts'

type Json = Readonly<Record<string, unknown>>

/** A virtual host of one rule set; each entry of a rule's matches is a route. */
export function virtualHost(host: string, http: readonly HttpRoute[]): Json {
  const routes = http.flatMap(rule =>
    (rule.match?.length ? rule.match : [undefined]).map(match => routeOf(rule, match)),
  )
  return { name: `${host}:80`, domains: [host, `${host}:*`], include_request_attempt_count: true, routes }
}

const extension = (name: string) => ({ '@type': `type.googleapis.com/envoy.extensions.${name}` })

function routeOf(rule: HttpRoute, match: HttpMatchRequest | undefined): Json {
  const envoyMatch = matchOf(match)
  const [only, ...more] = rule.route ?? []
  const operations = only && more.length === 0 ? joined(rule.headers, only.headers) : [rule.headers]
  const perFilter = { ...faultOf(rule), ...corsOf(rule.corsPolicy) }
  return {
    match: envoyMatch,
    ...actionOf(rule, match),
    ...headerOptions(operations),
    ...(Object.keys(perFilter).length > 0 && { typed_per_filter_config: perFilter }),
  }
}

/** Rules of a single destination join the rule's own. */
function joined(rule: Headers | undefined, destination: Headers | undefined): (Headers | undefined)[] {
  return [rule, destination]
}

function matchOf(match: HttpMatchRequest | undefined): Json {
  const { uri, method, authority, headers, withoutHeaders, queryParams, ignoreUriCase } = match ?? {}
  return {
    ...pathOf(uri),
    ...(ignoreUriCase && { case_sensitive: false }),
    headers: [
      ...Object.entries(headers ?? {})
        .toSorted(byName)
        .map(([name, value]) => headerMatch(name, value)),
      ...Object.entries(withoutHeaders ?? {})
        .toSorted(byName)
        .map(([name, value]) => ({
          ...headerMatch(name, value),
          invert_match: true,
          ...(Object.keys(value).length > 0 && { treat_missing_header_as_empty: true }),
        })),
      ...(method ? [headerMatch(':method', method)] : []),
      ...(authority ? [headerMatch(':authority', authority)] : []),
    ],
    query_parameters: Object.entries(queryParams ?? {}).map(([name, value]) => ({
      name,
      string_match: stringMatch(value),
    })),
  }
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : 1)

function pathOf(uri: StringMatch | undefined): Json {
  if (uri?.exact !== undefined) return { path: uri.exact }
  if (uri?.regex !== undefined) return { safe_regex: { regex: uri.regex } }
  return { prefix: uri?.prefix ?? '/' }
}

function headerMatch(name: string, value: StringMatch): Json {
  return Object.keys(value).length === 0 ? { name, present_match: true } : { name, string_match: stringMatch(value) }
}

function stringMatch({ exact, prefix, regex }: StringMatch): Json {
  if (exact !== undefined) return { exact }
  return prefix === undefined ? { safe_regex: { regex } } : { prefix }
}

function actionOf(rule: HttpRoute, match: HttpMatchRequest | undefined): Json {
  const { redirect, directResponse } = rule
  if (redirect) {
    return {
      redirect: {
        host_redirect: redirect.authority,
        ...(redirect.uri && { path_redirect: redirect.uri }),
        ...(redirect.scheme && { scheme_redirect: redirect.scheme }),
        response_code: redirectCodes[redirect.redirectCode ?? 301],
      },
    }
  }
  if (directResponse) {
    const { status, body } = directResponse
    return { direct_response: { status, ...(body?.string !== undefined && { body: { inline_string: body.string } }) } }
  }
  return { route: forwardOf(rule), decorator: { operation: operationOf(rule, match) } }
}

const redirectCodes: Readonly<Record<number, string>> = {
  301: 'MOVED_PERMANENTLY',
  302: 'FOUND',
  307: 'TEMPORARY_REDIRECT',
  308: 'PERMANENT_REDIRECT',
}

/** What the name of a cluster stands for, or the rule's own name where there are several. */
function operationOf({ route = [] }: HttpRoute, match: HttpMatchRequest | undefined): string {
  const { exact, prefix = '/', regex } = match?.uri ?? {}
  const path = exact ?? regex ?? `${prefix}*`
  const [only, ...more] = route
  const { host, port } = only?.destination ?? { host: '' }
  return more.length > 0 ? `rules:80${path}` : `${host}:${port?.number}${path}`
}

function forwardOf({ route = [], rewrite, timeout = '0s', retries }: HttpRoute): Json {
  const used = route.filter(({ weight }) => route.length === 1 || weight !== 0)
  const regex = rewrite?.uriRegexRewrite
  return {
    ...(route.length === 1
      ? { cluster: clusterName(route[0]) }
      : { weighted_clusters: { clusters: used.map(weighted) } }),
    ...(rewrite?.uri && { prefix_rewrite: rewrite.uri }),
    ...(regex && { regex_rewrite: { pattern: { regex: regex.match }, substitution: regex.rewrite } }),
    ...(rewrite?.authority && { host_rewrite_literal: rewrite.authority }),
    timeout: seconds(timeout),
    max_grpc_timeout: seconds(timeout),
    cluster_not_found_response_code: 'SERVICE_UNAVAILABLE',
    ...retryOf(retries),
  }
}

const clusterName = (to: HttpRouteDestination | undefined) => `outbound|80||${to?.destination.host}`

function weighted(to: HttpRouteDestination): Json {
  return { name: clusterName(to), weight: to.weight, ...headerOptions([to.headers]) }
}

/** Envoy takes nothing but seconds. */
function seconds(duration: string): string {
  const [, number = '0', unit] = /^([\d.]+)(ms|s)$/.exec(duration) ?? []
  return `${unit === 'ms' ? Number(number) / 1000 : number}s`
}

const usualConditions = 'connect-failure,refused-stream,unavailable,cancelled'

function retryOf(retries: HttpRoute['retries']): Json {
  if (retries?.attempts === 0) return {}
  const named = (retries?.retryOn ?? usualConditions).split(',')
  const codes = named.filter(one => /^\d+$/.test(one)).map(Number)
  const conditions = named.filter(one => !/^\d+$/.test(one))
  return {
    retry_policy: {
      num_retries: retries?.attempts ?? 2,
      retry_on: [...conditions, 'retriable-status-codes'].join(','),
      retriable_status_codes: codes,
      ...(retries?.perTryTimeout && { per_try_timeout: seconds(retries.perTryTimeout) }),
      host_selection_retry_max_attempts: 5,
    },
  }
}

/** Removals, then values set, then values added, each sorted by name. */
function headerOptions(all: readonly (Headers | undefined)[]): Json {
  const side = (of: 'request' | 'response') => {
    const operations = all.map(one => one?.[of] ?? {})
    const added = (field: 'set' | 'add', append_action: string) =>
      operations.flatMap(one =>
        Object.entries(one[field] ?? {})
          .toSorted(byName)
          .map(([key, value]) => ({ header: { key, value }, append_action })),
      )
    return {
      [`${of}_headers_to_remove`]: operations.flatMap(one => one.remove ?? []),
      [`${of}_headers_to_add`]: [
        ...added('set', 'OVERWRITE_IF_EXISTS_OR_ADD'),
        ...added('add', 'APPEND_IF_EXISTS_OR_ADD'),
      ],
    }
  }
  return { ...side('request'), ...side('response') }
}

function faultOf({ fault }: HttpRoute): Json {
  if (!fault) return {}
  const percent = (value = 0) => ({ numerator: value * 10_000, denominator: 'MILLION' })
  const { delay, abort } = fault
  const config = {
    ...extension('filters.http.fault.v3.HTTPFault'),
    ...(delay && {
      delay: { fixed_delay: seconds(delay.fixedDelay ?? '0s'), percentage: percent(delay.percentage?.value) },
    }),
    ...(abort && { abort: { http_status: abort.httpStatus, percentage: percent(abort.percentage?.value) } }),
  }
  return { 'envoy.filters.http.fault': config }
}

function corsOf(cors: CorsPolicy | undefined): Json {
  if (!cors) return {}
  const { allowOrigins = [], allowMethods, allowHeaders, exposeHeaders, maxAge, allowCredentials } = cors
  const config = {
    ...extension('filters.http.cors.v3.CorsPolicy'),
    allow_origin_string_match: allowOrigins.map(stringMatch),
    ...(allowMethods && { allow_methods: allowMethods.join(',') }),
    ...(allowHeaders && { allow_headers: allowHeaders.join(',') }),
    ...(exposeHeaders && { expose_headers: exposeHeaders.join(',') }),
    ...(maxAge && { max_age: String(Number.parseInt(maxAge, 10) * 3_600) }),
    ...(allowCredentials !== undefined && { allow_credentials: allowCredentials }),
    filter_enabled: { default_value: { numerator: 100 } },
    forward_not_matching_preflights: true,
  }
  return { 'envoy.filters.http.cors': config }
}
