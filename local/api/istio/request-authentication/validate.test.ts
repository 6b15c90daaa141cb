import { describe, expect, it } from 'vitest'
import { objectOf, verdictOf, warningsOf } from '../verdict-harness.ts'

const said = (kind: string) => (fields: string) => verdictOf(objectOf(kind, `{${fields}}`))
const listed = (sentence: string) => `1 error occurred:\n\t* ${sentence}\n\n`

describe('a rule of a RequestAuthentication', () => {
  const rule = (fields: string) => said('RequestAuthentication')(`jwtRules: [{${fields}}]`)
  it.each([
    ['an issuer alone', 'issuer: a', 'admitted'],
    ['nobody who signs', 'audiences: [a]', listed('issuer or jwksUri must be non-empty string')],
    ['an empty audience', 'issuer: a, audiences: [""]', listed('audience must be non-empty string')],
    ['keys by ftp', 'issuer: a, jwksUri: "ftp://a/b"', listed('URI scheme "ftp" is not supported')],
    ['keys of a path', 'issuer: a, jwksUri: /keys', listed('URI scheme "" is not supported')],
    [
      'keys of a bad port',
      'issuer: a, jwksUri: "http://a:b/"',
      listed('parse "http://a:b/": invalid port ":b" after host'),
    ],
    ['a key set', `issuer: a, jwks: '{"keys":[{"kty":"RSA","n":"x","e":"AQAB"}]}'`, 'admitted'],
    [
      'a key set that is no JSON',
      'issuer: a, jwks: abc',
      listed("jwks parse error: failed to unmarshal JWK set: invalid character 'a' looking for beginning of value"),
    ],
    [
      'a header without a name',
      'issuer: a, fromHeaders: [{prefix: x}]',
      listed('location header name must be non-empty string'),
    ],
    ['a parameter without a name', 'issuer: a, fromParams: [""]', listed('location query must be non-empty string')],
    ['a cookie without a name', 'issuer: a, fromCookies: [""]', listed('cookie name must be non-empty string')],
    [
      'a claim to no header',
      'issuer: a, outputClaimToHeaders: [{claim: c}]',
      listed('outputClaimToHeaders header and claim value must be non-empty string'),
    ],
    [
      'a claim to a bad header',
      'issuer: a, outputClaimToHeaders: [{claim: c, header: "a.b"}]',
      listed('header name a.b is not a valid header name'),
    ],
  ])('with %s', (_, fields, sentence) => expect(rule(fields)).toBe(sentence))
})

describe('a PeerAuthentication', () => {
  it.each([
    [
      'a port of selected workloads',
      'selector: {matchLabels: {a: b}}, portLevelMtls: {8080: {mode: DISABLE}}',
      'admitted',
    ],
    [
      'a port of all workloads',
      'portLevelMtls: {8080: {mode: DISABLE}}',
      'mesh/namespace peer authentication cannot have port level mTLS',
    ],
    [
      'no ports',
      'selector: {matchLabels: {a: b}}, portLevelMtls: {}',
      'port level mTLS, if defined, must have at least one element',
    ],
    [
      'a port out of range',
      'selector: {matchLabels: {a: b}}, portLevelMtls: {70000: {}}',
      'port must be in range 1..65535',
    ],
    [
      'a port that is a word',
      'selector: {matchLabels: {a: b}}, portLevelMtls: {http: {}}',
      "error decoding configuration: invalid character 'h' looking for beginning of value",
    ],
  ])('with %s', (_, fields, sentence) => expect(said('PeerAuthentication')(fields)).toBe(sentence))
})

describe('a Telemetry and a ProxyConfig', () => {
  it.each([
    ['Telemetry', 'a nameless provider', 'tracing: [{providers: [{}]}]', 'providers.name may not be empty'],
    [
      'Telemetry',
      'a sample of 101 %',
      'tracing: [{randomSamplingPercentage: 101}]',
      'randomSamplingPercentage must be in range [0.0, 100.0]',
    ],
    [
      'Telemetry',
      'an empty literal',
      'tracing: [{customTags: {a: {literal: {}}}}]',
      'literal tag value may not be empty',
    ],
    [
      'Telemetry',
      'a tag without a value',
      'metrics: [{overrides: [{tagOverrides: {a: {}}}]}]',
      'tagOverrides.value must be set when operation is UPSERT',
    ],
    [
      'Telemetry',
      'a value of a removed tag',
      'metrics: [{overrides: [{tagOverrides: {a: {operation: REMOVE, value: x}}}]}]',
      'tagOverrides.value may only be set when operation is UPSERT',
    ],
    [
      'Telemetry',
      'a metric without a name',
      'metrics: [{overrides: [{match: {customMetric: ""}}]}]',
      'customMetric may not be empty',
    ],
    ['ProxyConfig', 'less than no thread', 'concurrency: -1', 'concurrency must be greater than or equal to 0'],
  ])('%s with %s', (kind, _, fields, sentence) => expect(said(kind)(fields)).toBe(sentence))
})

describe('an EnvoyFilter', () => {
  const patch = (fields: string) => said('EnvoyFilter')(`configPatches: [{${fields}}]`)
  it.each([
    ['nothing to patch', 'patch: {operation: MERGE, value: {}}', 'Envoy filter: missing applyTo'],
    ['no patch', 'applyTo: CLUSTER', 'Envoy filter: missing patch'],
    ['no operation', 'applyTo: CLUSTER, patch: {value: {}}', 'Envoy filter: missing patch operation'],
    [
      'no value',
      'applyTo: CLUSTER, patch: {operation: MERGE}',
      'Envoy filter: missing patch value for non-remove operation',
    ],
    [
      'a match of another class',
      'applyTo: CLUSTER, match: {listener: {}}, patch: {operation: REMOVE}',
      'Envoy filter: applyTo for cluster class objects cannot have non cluster match',
    ],
    [
      'a filter without a name',
      'applyTo: HTTP_FILTER, match: {listener: {filterChain: {filter: {}}}}, patch: {operation: REMOVE}',
      'Envoy filter: filter match has no name to match on',
    ],
    [
      'a filter within another filter',
      'applyTo: HTTP_FILTER, match: {listener: {filterChain: {filter: {name: x, subFilter: {name: y}}}}}, patch: {operation: REMOVE}',
      'Envoy filter: subfilter match requires filter match with envoy.filters.network.http_connection_manager',
    ],
  ])('with %s', (_, fields, sentence) => expect(patch(fields)).toBe(sentence))

  it('is always warned of', () => {
    expect(warningsOf(objectOf('EnvoyFilter', '{}'))).toEqual([expect.stringContaining('EnvoyFilter exposes internal')])
  })
})
