import { describe, expect, it } from 'vitest'
import { objectOf, verdictOf } from '../verdict-harness.ts'

const verdict = (fields: string, metadata?: string) =>
  verdictOf(objectOf('AuthorizationPolicy', `{${fields}}`, metadata))
const rule = (fields: string) => verdict(`rules: [{${fields}}]`)
/** Every sentence names the policy. */
const said = (sentence: string) => (sentence === 'admitted' ? sentence : `invalid policy a.app: ${sentence}`)
const listed = (sentence: string) => `1 error occurred:\n\t* invalid policy a.app: ${sentence}\n\n`

describe('an AuthorizationPolicy', () => {
  it.each([
    ['nothing: it denies all', '', 'admitted'],
    [
      'DENY without rules',
      'action: DENY',
      'DENY action without `rules` is meaningless as it will never be triggered, add an empty rule `{}` if you want it be triggered for every request',
    ],
    [
      'a provider nobody asks',
      'action: ALLOW, provider: {name: x}',
      '`provider` must not be with non CUSTOM action, found ALLOW',
    ],
    ['CUSTOM without a provider', 'action: CUSTOM, rules: [{}]', '`provider.name` must not be empty'],
    [
      'CUSTOM by principals',
      'action: CUSTOM, provider: {name: x}, rules: [{from: [{source: {principals: [a]}}]}]',
      'From.Principals is currently not supported with CUSTOM action',
    ],
    [
      'CUSTOM by a token',
      'action: CUSTOM, provider: {name: x}, rules: [{when: [{key: "request.auth.claims[a]", values: [b]}]}]',
      'request.auth.claims[a] is currently not supported with CUSTOM action',
    ],
    [
      'a selector and a target',
      'selector: {matchLabels: {a: b}}, targetRefs: [{kind: Service, name: s}]',
      'only one of targetRefs or workloadSelector can be set',
    ],
    [
      'a target in another namespace',
      'targetRef: {kind: Gateway, group: gateway.networking.k8s.io, name: g, namespace: b}',
      'targetRef namespace must not be set; cross namespace referencing is not supported',
    ],
    [
      'a target of another kind',
      'targetRefs: [{kind: Pod, name: p}]',
      'targetRef must be to one of [core/v1/Service networking.istio.io/v1/ServiceEntry gateway.networking.k8s.io/v1/Gateway gateway.networking.k8s.io/v1/GatewayClass] but was /Pod',
    ],
  ])('with %s', (_, fields, sentence) => expect(verdict(fields)).toBe(said(sentence)))

  it.each([
    ['DENY', 'true', 'admitted'],
    [
      'AUDIT',
      'true',
      'the annotation istio.io/dry-run currently only supports action ALLOW/DENY, found action AUDIT in app/a',
    ],
    [
      'DENY',
      'maybe',
      'app/a has annotation istio.io/dry-run with invalid value (maybe): strconv.ParseBool: parsing "maybe": invalid syntax',
    ],
  ])('%s may be tried dry: %s', (action, value, sentence) => {
    const metadata = `{name: a, namespace: app, annotations: {istio.io/dry-run: "${value}"}}`
    expect(verdict(`action: ${action}, rules: [{}]`, metadata)).toBe(sentence)
  })
})

describe('a rule', () => {
  it.each([
    ['an empty source', 'from: [{source: {}}]', '`from.source` must not be empty, found at rule 0'],
    ['no operation', 'to: [{}]', '`to.operation` must not be nil, found at rule 0'],
    [
      'accounts and namespaces',
      'from: [{source: {serviceAccounts: [a], namespaces: [b]}}]',
      'cannot set serviceAccounts with namespaces or principals, found at rule 0',
    ],
    ['an empty principal', 'from: [{source: {principals: [""]}}]', 'empty value not allowed, found in Principals'],
    [
      'an account with a wildcard',
      'from: [{source: {serviceAccounts: ["a/*"]}}]',
      'wildcard not allowed, found in ServiceAccounts',
    ],
    [
      'an account with two slashes',
      'from: [{source: {notServiceAccounts: [a/b/c]}}]',
      "expected format 'serviceAccount' or 'namespace/serviceAccount', found \"a/b/c\" in NotServiceAccounts",
    ],
    [
      'an account of no namespace',
      'from: [{source: {serviceAccounts: [/b]}}]',
      "expected format 'serviceAccount' or 'namespace/serviceAccount', found empty namespace \"/b\" in ServiceAccounts",
    ],
    ['an empty method', 'to: [{operation: {methods: [""]}}]', 'empty value not allowed, found in Methods'],
    ['a path template', 'to: [{operation: {paths: ["/a/{*}/b/{**}"]}}]', 'admitted'],
    [
      'a brace in a path',
      'to: [{operation: {paths: ["/d/{**}.txt"]}}]',
      "invalid or unsupported path d/{**}.txt, found in Paths. Contains '{' or '}' beyond a supported path template",
    ],
    [
      'a space in a template',
      'to: [{operation: {notPaths: ["/{*}/a b"]}}]',
      'invalid or unsupported path {*}/a b, found in NotPaths. Contains segment a b with invalid string literal',
    ],
    ['a condition without a key', 'when: [{values: [a]}]', '`key` must not be empty'],
    [
      'a condition without values',
      'when: [{key: source.ip}]',
      'at least one of `values` or `notValues` must be set for key source.ip',
    ],
    ['a header without a name', 'when: [{key: "request.headers[]", values: [a]}]', '2 errors occurred'],
    ['a label of the workload', 'when: [{key: "destination.labels[a]", values: [b]}]', '2 errors occurred'],
    ['a header', 'when: [{key: "request.headers[x]", notValues: [a]}]', 'admitted'],
  ])('with %s', (_, fields, sentence) => {
    if (sentence.startsWith('2 errors')) expect(rule(fields)).toContain(sentence)
    else expect(rule(fields)).toBe(said(sentence))
  })

  it.each([
    [
      'a block of 33 bits',
      'from: [{source: {ipBlocks: [10.0.0.0/33]}}]',
      'bad CIDR range (10.0.0.0/33): netip.ParsePrefix("10.0.0.0/33"): prefix length out of range',
    ],
    ['a port out of range', 'to: [{operation: {ports: ["70000"]}}]', 'bad port (70000): <nil>'],
    [
      'a port that is a word',
      'to: [{operation: {notPorts: [http]}}]',
      'bad port (http): strconv.ParseUint: parsing "http": invalid syntax',
    ],
  ])('with %s', (_, fields, sentence) => expect(rule(fields)).toBe(listed(sentence)))

  it('of addresses repeats the list inside its sentence', () => {
    const list = '1 error occurred:\n\t* bad IP address (x)\n\n'
    expect(rule('when: [{key: source.ip, values: [x]}]')).toBe(said(`invalid \`value\` for \`key\` source.ip: ${list}`))
  })
})
