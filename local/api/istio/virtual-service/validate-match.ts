// The matches of an HTTP rule.
import { isDnsLabel, labelFlaws } from '../fields/label.ts'
import { portFlaws } from '../fields/port.ts'
import { regexMatchFlaws, stringMatchFlaws } from '../fields/string-match.ts'
import { eachEntry, eachItem, type Finding, flaw } from '../finding.ts'
import type { HttpMatchRequest } from './types.ts'
import { gatewayNameFindings, isRoutingClaim } from './validate-binding.ts'
import { headerToken } from './validate-headers.ts'

export function matchFindings(matches: readonly HttpMatchRequest[] | undefined, path: string): Finding[] {
  return [...eachItem(matches, path, requestFlaws), ...eachItem(matches, path, scopeFindings)]
}

/** What is matched of the request. The prefix of a path may be empty, as Envoy allows. */
function requestFlaws(match: HttpMatchRequest, path: string): Finding[] {
  return [
    ...eachEntry(match.headers, `${path}.headers`, (value, name, at) => [
      ...headerNameFlaws(name, at),
      ...stringMatchFlaws(value, 'headers', at),
    ]),
    ...eachEntry(match.withoutHeaders, `${path}.withoutHeaders`, (value, name, at) => [
      ...headerNameFlaws(name, at),
      // `*` is no regex of RE2: it stands for a header that is there.
      ...(value.regex === '*' ? [] : stringMatchFlaws(value, 'withoutHeaders', at)),
    ]),
    ...regexMatchFlaws(match.uri, 'uri', `${path}.uri`),
    ...stringMatchFlaws(match.scheme, 'scheme', `${path}.scheme`),
    ...stringMatchFlaws(match.method, 'method', `${path}.method`),
    ...stringMatchFlaws(match.authority, 'authority', `${path}.authority`),
    ...eachEntry(match.queryParams, `${path}.queryParams`, (value, _, at) =>
      stringMatchFlaws(value, 'queryParams', at),
    ),
  ]
}

/** Where the match applies at all. */
function scopeFindings({ port, sourceLabels, gateways, sourceNamespace }: HttpMatchRequest, path: string): Finding[] {
  return [
    ...(port ? portFlaws(port, `${path}.port`) : []),
    ...labelFlaws(sourceLabels, `${path}.sourceLabels`),
    ...gatewayNameFindings(gateways, `${path}.gateways`),
    ...(!sourceNamespace || isDnsLabel(sourceNamespace)
      ? []
      : [flaw(`${path}.sourceNamespace`, `sourceNamespace match ${sourceNamespace} is invalid`)]),
  ]
}

const pseudoHeaders = [':method', ':scheme', ':authority', ':path', ':status']

function headerNameFlaws(name: string, path: string): Finding[] {
  if (name === '') return [flaw(path, 'header name cannot be empty')]
  if (isRoutingClaim(name) || pseudoHeaders.includes(name) || headerToken.test(name)) return []
  return [flaw(path, `header name ${name} is not a valid header name`)]
}
