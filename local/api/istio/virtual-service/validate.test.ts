import { describe, expect, it } from 'vitest'
import { objectOf, verdictOf } from '../verdict-harness.ts'

const verdict = (spec: string) => verdictOf(objectOf('VirtualService', spec))
/** One HTTP rule of a VirtualService at a gateway. */
const rule = (fields: string) => verdict(`{hosts: [a.test], gateways: [gw], http: [{${fields}}]}`)
const to = 'route: [{destination: {host: reviews}}]'
const listed = (sentence: string) => `1 error occurred:\n\t* ${sentence}\n\n`
const re2 = 'Istio uses RE2 style regex-based match (https://github.com/google/re2/wiki/Syntax)'

describe('what binds a VirtualService', () => {
  const routed = `http: [{${to}}]`
  it.each([
    ['a host of the mesh', `hosts: [reviews], ${routed}`, 'admitted'],
    ['an IP', `hosts: [10.0.0.1], ${routed}`, 'admitted'],
    ['no hosts: a delegate', routed, 'admitted'],
    ['every host, at a gateway', `hosts: ["*"], gateways: [ns/gw], ${routed}`, 'admitted'],
    [
      'every host, in the mesh',
      `hosts: ["*"], ${routed}`,
      'wildcard host * is not allowed for virtual services bound to the mesh gateway',
    ],
    [
      'every host, at a gateway and in the mesh',
      `hosts: ["*"], gateways: [gw, mesh], ${routed}`,
      'wildcard host * is not allowed for virtual services bound to the mesh gateway',
    ],
    ['a wildcard inside a name', `hosts: ["a.*.test"], ${routed}`, 'domain name "*.test" invalid (label "*" invalid)'],
    [
      'a number as top level',
      `hosts: [a.b.12], ${routed}`,
      'domain name "b.12" invalid (top level domain "12" cannot be all-numeric)',
    ],
    ['a trailing dot', `hosts: [a.test.], ${routed}`, 'admitted'],
    [
      'overlapping hosts',
      `hosts: ["*.a.test", x.a.test], ${routed}`,
      'duplicate hosts in virtual service: *.a.test & x.a.test',
    ],
    [
      'a host of 256 characters',
      `hosts: ["${'a.'.repeat(128)}"], ${routed}`,
      `domain name "${'a.'.repeat(128)}" too long (max 255)`,
    ],
    [
      'a delegate with TCP',
      'tcp: [{route: [{destination: {host: a}}]}]',
      'delegate virtual service must have no tcp route specified',
    ],
    [
      'a gateway without a name',
      `hosts: [a], gateways: ["ns/"], ${routed}`,
      '2 errors occurred:\n\t* config namespace and gateway name cannot be empty\n\t* invalid value for gateway name: ""\n\n',
    ],
    [
      'a gateway of a bad namespace',
      `hosts: [a], gateways: ["n_s/gw"], ${routed}`,
      'invalid value for namespace: "n_s"',
    ],
    [
      'gateways behind one without namespace, which Istio does not look at',
      `hosts: [a], gateways: [gw, "n_s/gw"], ${routed}`,
      'admitted',
    ],
    [
      'an SNI name of another network',
      `hosts: [outbound_.80_._.x.test], gateways: [gw], tls: [{match: [{sniHosts: [outbound_.80_._.x.test]}], route: [{destination: {host: a}}]}]`,
      'admitted',
    ],
    [
      'a short SNI name of another network',
      `hosts: [outbound_.80], gateways: [gw], tls: [{match: [{sniHosts: [outbound_.80]}], route: [{destination: {host: a}}]}]`,
      expect.stringContaining(
        "domain name outbound_.80 invalid, should follow 'outbound_.<PORT>_._.<HOSTNAME>' format",
      ),
    ],
    [
      'a claim matched in the mesh',
      'hosts: [a], http: [{match: [{headers: {"@request.auth.claims.sub": {exact: x}}}], route: [{destination: {host: a}}]}]',
      'JWT claim based routing (key: @request.auth.claims.sub) is only supported for gateway, found no gateways: []',
    ],
    [
      'the same namespace twice',
      `hosts: [a], exportTo: [app, .], ${routed}`,
      'duplicate entries in exportTo: . and current namespace app',
    ],
    [
      'everyone and someone',
      `hosts: [a], exportTo: ["*", b], ${routed}`,
      'cannot have both public (*) and non-public exportTo values for a resource',
    ],
    [
      'nobody',
      `hosts: [a], exportTo: ["~"], ${routed}`,
      'exportTo ~ (none) is not allowed for Istio configuration objects',
    ],
  ])('%s', (_, spec, said) => expect(verdict(`{${spec}}`)).toEqual(said))
})

describe('the parts of an HTTP rule', () => {
  it.each([
    [
      'fault and redirect',
      'redirect: {uri: /x}, fault: {delay: {fixedDelay: 1s}}',
      'HTTP route cannot contain both fault and redirect',
    ],
    [
      'rewrite and redirect',
      'redirect: {uri: /x}, rewrite: {uri: /y}',
      'HTTP route rule cannot contain both rewrite and redirect',
    ],
    [
      'route and direct response',
      `directResponse: {status: 200}, ${to}`,
      'HTTP route cannot contain both route and direct_response',
    ],
    [
      'fault and direct response',
      'directResponse: {status: 200}, fault: {delay: {fixedDelay: 1s}}',
      'HTTP route cannot contain both fault and direct_response',
    ],
    [
      'mirror and mirrors',
      `${to}, mirror: {host: a}, mirrors: [{destination: {host: b}}]`,
      'HTTP route cannot contain both mirror and mirrors',
    ],
    [
      'a delegate that redirects',
      'name: x, delegate: {name: d}, redirect: {uri: /}',
      'root HTTP route x must not specify redirect',
    ],
    ['a delegate that routes', `name: x, delegate: {name: d}, ${to}`, 'root HTTP route x must not specify route'],
    [
      'weights that sum to 90',
      'route: [{destination: {host: a}, weight: 50}, {destination: {host: b}, weight: 40}]',
      'admitted',
    ],
    ['no weights', 'route: [{destination: {host: a}}, {destination: {host: b}}]', 'total destination weight = 0'],
    ['a negative weight', 'route: [{destination: {host: a}, weight: -5}]', 'weight -5 < 0'],
    ['no destination', 'route: [{weight: 1}]', listed('destination is required')],
    ['every destination', 'route: [{destination: {host: "*"}}]', 'invalid destination host *'],
    ['a port of 0', 'route: [{destination: {host: a, port: {}}}]', 'port number 0 must be in the range 1..65535'],
    ['a subset with a dot', 'route: [{destination: {host: a, subset: v1.2}}]', 'subset name is invalid: v1.2'],
    [
      'an IP as destination',
      'route: [{destination: {host: 10.0.0.1}}]',
      'domain name "0.0.1" invalid (top level domain "1" cannot be all-numeric)',
    ],
    ['a timeout of nothing', `${to}, timeout: 0s`, 'duration must be greater than 1ms'],
    ['a timeout of microseconds', `${to}, timeout: 1.0005s`, 'only durations to ms precision are supported'],
    [
      'a mirror of 101 %',
      `${to}, mirror: {host: a}, mirrorPercentage: {value: 101}`,
      'mirror_percentage must have a max value of 100 (it has 101.000000)',
    ],
    [
      'a mirror of less than nothing',
      `${to}, mirror: {host: a}, mirrorPercentage: {value: -1}`,
      'mirror_percentage must have a min value of 0 (it has -1.000000)',
    ],
    [
      'one of several mirrors of 200 %',
      `${to}, mirrors: [{destination: {host: a}, percentage: {value: 200}}]`,
      'mirror percentage must have a max value of 100 (it has 200.000000)',
    ],
    ['a mirror to nowhere', `${to}, mirrors: [{}]`, 'destination is required for mirrors'],
    [
      'an old mirror of 101 %',
      `${to}, mirror: {host: a}, mirrorPercent: 101`,
      'mirror_percent must have a max value of 100 (it has 101)',
    ],
  ])('%s', (_, fields, said) => expect(rule(fields)).toBe(said))
})

describe('matches', () => {
  const match = (fields: string) => rule(`match: [{${fields}}], ${to}`)
  it.each([
    ['an empty prefix of the path', 'uri: {prefix: ""}', 'admitted'],
    ['an empty prefix of the method', 'method: {prefix: ""}', '"method": prefix string match should not be empty'],
    ['an empty regex', 'uri: {regex: ""}', '"uri": regex string match should not be empty'],
    [
      'a regex of 1025 characters',
      `uri: {regex: "${'a'.repeat(1025)}"}`,
      '"uri": regex is too large, max length allowed is 1024',
    ],
    [
      'an unclosed class',
      'authority: {regex: "["}',
      `"authority": error parsing regexp: missing closing ]: \`[\`; ${re2}`,
    ],
    [
      'a trailing backslash',
      String.raw`scheme: {regex: '\'}`,
      `"scheme": error parsing regexp: trailing backslash at end of expression: \`\`; ${re2}`,
    ],
    [
      'a query parameter of a bad regex',
      'queryParams: {v: {regex: "*"}}',
      `"queryParams": error parsing regexp: missing argument to repetition operator: \`*\`; ${re2}`,
    ],
    ['a header that is there', 'headers: {x: {}}', 'admitted'],
    ['a pseudo header', 'headers: {":path": {exact: /}}', 'admitted'],
    ['a header with a space', 'headers: {"a b": {exact: x}}', 'header name a b is not a valid header name'],
    ['a header without a name', 'headers: {"": {exact: x}}', 'header name cannot be empty'],
    ['no header, by the regex *', 'withoutHeaders: {x: {regex: "*"}}', 'admitted'],
    ['a claim at a gateway', 'headers: {"@request.auth.claims[a][b]": {exact: x}}', 'admitted'],
    ['a port out of range', 'port: 65536', 'port number 65536 must be in the range 1..65535'],
    [
      'a bad label of the caller',
      'sourceLabels: {"a b": "c d"}',
      '2 errors occurred:\n\t* invalid tag key: "a b"\n\t* invalid tag value: "c d"\n\n',
    ],
    ['one bad label value', 'sourceLabels: {a: "c d"}', listed('invalid tag value: "c d"')],
    ['a bad namespace of the caller', 'sourceNamespace: a_b', 'sourceNamespace match a_b is invalid'],
    ['a bad gateway', 'gateways: ["a/b/c"]', 'invalid value for gateway name: "b/c"'],
  ])('%s', (_, fields, said) => expect(match(fields)).toBe(said))
})

describe('faults, retries and cross-origin policies', () => {
  it.each([
    ['no fault', 'fault: {}', listed('HTTP fault injection must have an abort and/or a delay')],
    [
      'a delay of 200 %',
      'fault: {delay: {fixedDelay: 1s, percentage: {value: 200}}}',
      'percentage 200 is neither 0.0, nor in range [0.0001, 100.0]',
    ],
    [
      'a delay of a hundred-thousandth of a percent',
      'fault: {delay: {fixedDelay: 1s, percentage: {value: 0.00001}}}',
      'percentage 1e-05 is neither 0.0, nor in range [0.0001, 100.0]',
    ],
    ['an old percentage', 'fault: {delay: {fixedDelay: 1s, percent: 100}}', 'admitted'],
    ['an exponential delay', 'fault: {delay: {exponentialDelay: 1s}}', listed('exponentialDelay not supported yet')],
    ['an abort without an error', 'fault: {abort: {percentage: {value: 1}}}', 'admitted'],
    [
      'an unknown gRPC status',
      'fault: {abort: {grpcStatus: "14"}}',
      expect.stringContaining('gRPC status "14" is not supported.'),
    ],
    ['an HTTP/2 error', 'fault: {abort: {http2Error: X}}', 'HTTP/2 abort fault injection not supported yet'],
    ['policies and codes', 'retries: {attempts: 2, retryOn: "5xx,503,gateway-error"}', 'admitted'],
    ['a code without a name', 'retries: {attempts: 2, retryOn: "509"}', '"509" is not a valid retryOn policy'],
    ['a comma at the end', 'retries: {attempts: 2, retryOn: "5xx,"}', '"" is not a valid retryOn policy'],
    [
      'no attempts, and a policy',
      'retries: {retryOn: 5xx}',
      'http retry policy configured when attempts are set to 0 (disabled)',
    ],
    ['no attempts alone', 'retries: {attempts: 0}', 'admitted'],
    ['a try of no time', 'retries: {attempts: 1, perTryTimeout: 0s}', 'duration must be greater than 1ms'],
    [
      'an empty origin',
      'corsPolicy: {allowOrigins: [{prefix: ""}]}',
      "'' is not a valid match type for CORS allow origins",
    ],
    ['an unknown method', 'corsPolicy: {allowMethods: [get]}', '"get" is not a supported HTTP method'],
    [
      'an exposed header with a space',
      'corsPolicy: {exposeHeaders: ["a b"]}',
      'header name a b is not a valid header name',
    ],
    ['any header', 'corsPolicy: {allowHeaders: ["*"]}', 'admitted'],
    [
      'an age with a fraction',
      'corsPolicy: {maxAge: 1.5s}',
      listed('max_age duration is accurate only to seconds precision'),
    ],
    ['an age of nothing', 'corsPolicy: {maxAge: 0s}', 'duration must be greater than 1ms'],
  ])('%s', (_, fields, said) => expect(rule(`${to}, ${fields}`)).toEqual(said))
})

describe('redirects, direct responses, rewrites and headers', () => {
  it.each([
    ['an empty redirect', 'redirect: {}', 'redirect must specify URI, authority, scheme, or port'],
    ['a redirect of 200', 'redirect: {uri: /, redirectCode: 200}', '200 is not a valid redirect code, must be 3xx'],
    ['a redirect to ftp', 'redirect: {scheme: ftp}', 'invalid redirect scheme, must be "http" or "https"'],
    ['a redirect to port 70000', 'redirect: {port: 70000}', 'port number 70000 must be in the range 1..65535'],
    ['a derived port', 'redirect: {derivePort: FROM_REQUEST_PORT}', 'admitted'],
    ['a status of 9999', 'directResponse: {status: 9999}', 'HTTP status 9999 is not in range 200-599'],
    [
      'a body of more than a megabyte',
      `directResponse: {status: 200, body: {string: "${'x'.repeat(1024 * 1024 + 1)}"}}`,
      'large direct_responses may impact control plane performance, must be less than 1MB',
    ],
    [
      'both rewrites',
      `${to}, rewrite: {uri: /, uriRegexRewrite: {match: a, rewrite: b}}`,
      'rewrite may only contain one of URI or UriRegexRewrite',
    ],
    ['an empty rewrite', `${to}, rewrite: {}`, expect.stringContaining('rewrite must specify at least one of URI')],
    [
      'a regex rewrite to nothing',
      `${to}, rewrite: {uriRegexRewrite: {match: a}}`,
      'UriRegexRewrite has errors\nUriRegexRewrite requires both Rewrite and Match fields to be specified',
    ],
    ['the authority set', `${to}, headers: {request: {set: {host: a.test}}}`, 'admitted'],
    [
      'the authority set twice',
      `${to}, rewrite: {authority: a}, headers: {request: {set: {":authority": b}}}`,
      'authority header cannot be set multiple times: have "a", attempting to set "b"',
    ],
    [
      'the host of a response',
      `${to}, headers: {response: {set: {Host: a}}}`,
      'invalid header "Host": cannot set Host header',
    ],
    [
      'a percent sign alone',
      `${to}, headers: {request: {set: {x: "100%"}}}`,
      'header value configuration: invalid header configuration. Un-escaped %',
    ],
    [
      'a control character',
      `${to}, headers: {request: {add: {x: "a\\u0001"}}}`,
      'header value configuration a\u0001 is invalid',
    ],
    [
      'a header of one destination',
      'route: [{destination: {host: a}, headers: {request: {remove: [""]}}}]',
      'header name cannot be empty',
    ],
  ])('%s', (_, fields, said) => expect(rule(fields)).toEqual(said))
})

describe('TLS and TCP rules', () => {
  it.each([
    [
      'TLS by a host within',
      'hosts: ["*.a.test"], tls: [{match: [{sniHosts: [x.a.test]}], route: [{destination: {host: a}}]}]',
      'admitted',
    ],
    [
      'TLS of another host',
      'hosts: [a.test], tls: [{match: [{sniHosts: [b.test]}], route: [{destination: {host: a}}]}]',
      'SNI host "b.test" is not a compatible subset of any of the virtual service hosts: [a.test]',
    ],
    [
      'TLS without a match',
      'hosts: [a.test], tls: [{route: [{destination: {host: a}}]}]',
      'TLS route must have at least one match condition',
    ],
    [
      'TLS without a host',
      'hosts: [a.test], tls: [{match: [{port: 443}], route: [{destination: {host: a}}]}]',
      'TLS match must have at least one SNI host',
    ],
    ['TLS to nowhere', 'hosts: [a.test], tls: [{match: [{sniHosts: [a.test]}]}]', 'TLS route is required'],
    ['TCP to nowhere', 'hosts: [a.test], tcp: [{match: [{port: 80}]}]', 'TCP route is required'],
    [
      'TCP of a bad block',
      'hosts: [a.test], tcp: [{match: [{destinationSubnets: [10.0.0.0/33]}], route: [{destination: {host: a}}]}]',
      '10.0.0.0/33 is not a valid CIDR block',
    ],
    [
      'TCP of a bad address',
      'hosts: [a.test], tcp: [{match: [{destinationSubnets: [10.0.0]}], route: [{destination: {host: a}}]}]',
      '10.0.0 is not a valid IP',
    ],
  ])('%s', (_, spec, said) => expect(verdict(`{${spec}}`)).toBe(said))
})
