import { describe, expect, it } from 'vitest'
import { objectOf, verdictOf } from '../verdict-harness.ts'

const verdict = (fields: string) => verdictOf(objectOf('DestinationRule', `{host: reviews, ${fields}}`))
const policy = (fields: string) => verdict(`trafficPolicy: {${fields}}`)

describe('a DestinationRule', () => {
  it.each([
    ['subsets by labels', 'subsets: [{name: v1, labels: {version: v1}}]', 'admitted'],
    ['a subset twice', 'subsets: [{name: v1}, {name: v1}]', 'duplicate subset names: v1'],
    ['a subset without a name', 'subsets: [{labels: {a: b}}]', 'subset name cannot be empty'],
    [
      'a subset with a bad label',
      'subsets: [{name: v1, labels: {a: "b c"}}]',
      '1 error occurred:\n\t* invalid tag value: "b c"\n\n',
    ],
    ['an empty policy', 'trafficPolicy: {}', 'traffic policy must have at least one field'],
    [
      'a selector beyond its namespace',
      'workloadSelector: {matchLabels: {a: b}}, exportTo: ["*"]',
      'destination rule with workload selector cannot have exportTo beyond current namespace',
    ],
    [
      'a selector with a wildcard',
      'workloadSelector: {matchLabels: {a: "*"}}',
      'wildcard is not supported in selector: "a=*"',
    ],
    [
      'a tunnel and the PROXY protocol',
      'trafficPolicy: {tunnel: {targetHost: a, targetPort: 1}, proxyProtocol: {}}',
      'tunnel and proxyProtocol must not be set together',
    ],
    [
      'a tunnel of GET',
      'trafficPolicy: {tunnel: {protocol: GET, targetHost: a, targetPort: 1}}',
      'tunnel protocol must be "CONNECT" or "POST"',
    ],
    [
      'a tunnel to nowhere',
      'trafficPolicy: {tunnel: {targetHost: "a b", targetPort: 0}}',
      expect.stringMatching(
        /^2 errors occurred:\n\t\* tunnel target host must be valid FQDN or IP address: domain name "a b" invalid \(label "a b" invalid\); a b is not a valid IP\n\t\* tunnel target port is invalid: port number 0/,
      ),
    ],
  ])('with %s', (_, fields, said) => expect(verdict(fields)).toEqual(said))
})

describe('a traffic policy', () => {
  it.each([
    ['a port without a number', 'portLevelSettings: [{tls: {mode: SIMPLE}}]', 'portTrafficPolicy must have valid port'],
    [
      'a port without settings',
      'portLevelSettings: [{port: {number: 80}}]',
      'port traffic policy must have at least one field',
    ],
    ['an empty pool', 'connectionPool: {}', 'connection pool must have at least one field'],
    [
      'negative limits',
      'connectionPool: {http: {http2MaxRequests: -1}, tcp: {maxConnections: -1}}',
      '2 errors occurred:\n\t* http2 max requests must be non-negative\n\t* max connections must be non-negative\n\n',
    ],
    [
      'an upgrade of what the client speaks',
      'connectionPool: {http: {h2UpgradePolicy: UPGRADE, useClientProtocol: true}}',
      'use client protocol must not be true when H2UpgradePolicy is UPGRADE',
    ],
    ['connections that never idle out', 'connectionPool: {tcp: {idleTimeout: 0s}}', 'admitted'],
    [
      'a connect timeout of nothing',
      'connectionPool: {tcp: {connectTimeout: 0s}}',
      'duration must be greater than 1ms',
    ],
    ['101 % of ejections', 'outlierDetection: {maxEjectionPercent: 101}', 'percentage 101 is not in range 0..100'],
    [
      'local failures that are not told apart',
      'outlierDetection: {consecutiveLocalOriginFailures: 1}',
      'outlier detection consecutive local origin failures is specified, but split external local origin errors is set to false',
    ],
    [
      'a cookie without a name',
      'loadBalancer: {consistentHash: {httpCookie: {ttl: 0s}}}',
      'name required for HttpCookie',
    ],
    [
      'a cookie attribute twice',
      'loadBalancer: {consistentHash: {httpCookie: {name: c, attributes: [{name: a}, {name: a}]}}}',
      'duplicate cookie attribute name: a',
    ],
    [
      'a table of 8',
      'loadBalancer: {consistentHash: {useSourceIp: true, maglev: {tableSize: 8}}}',
      'tableSize must be a prime number for maglev',
    ],
    ['a table of 65537', 'loadBalancer: {consistentHash: {useSourceIp: true, maglev: {tableSize: 65537}}}', 'admitted'],
    [
      'a table beyond the largest',
      'loadBalancer: {consistentHash: {useSourceIp: true, maglev: {tableSize: 9999999999999}}}',
      'tableSize must be less than 5000011 for maglev',
    ],
    [
      'two sizes of a ring',
      'loadBalancer: {consistentHash: {useSourceIp: true, minimumRingSize: 1, ringHash: {}}}',
      'only one of MinimumRingSize or Maglev/Ringhash can be specified',
    ],
    ['a warm-up of no time', 'loadBalancer: {warmup: {}}', 'duration is required'],
    [
      'a warm-up from 101 %',
      'loadBalancer: {warmup: {duration: 1s, minimumPercent: 101}}',
      'minimumPercent value should be less than or equal to 100',
    ],
    [
      'mutual TLS without a certificate',
      'tls: {mode: MUTUAL, privateKey: /k}',
      'client certificate required for mutual tls',
    ],
    [
      'a credential and a certificate',
      'tls: {mode: SIMPLE, credentialName: s, caCertificates: /c}',
      'cannot specify client certificates or CA certificate or CA CRL If credentialName is set',
    ],
    [
      'authorities that nobody looks at',
      'tls: {mode: SIMPLE, insecureSkipVerify: true, caCertificates: /c}',
      'cannot specify CaCertificates or CredentialName or SubjectAltNames when InsecureSkipVerify is set true',
    ],
    [
      'a ConfigMap of another namespace',
      'tls: {mode: SIMPLE, credentialName: "configmap://b/c"}',
      'invalid configmap:// credentialName: namespace must match the configuration namespace "app"',
    ],
    [
      'a ConfigMap without a name',
      'tls: {mode: SIMPLE, credentialName: "configmap://app"}',
      'invalid configmap:// credentialName: invalid resource name "configmap://app". Expected namespace and name',
    ],
  ])('with %s', (_, fields, said) => expect(policy(fields)).toBe(said))
})

describe('localities', () => {
  const locality = (fields: string) =>
    policy(`outlierDetection: {interval: 1s}, loadBalancer: {localityLbSetting: {${fields}}}`)
  it.each([
    ['shares that sum to 100', 'distribute: [{from: a/b, to: {a/b: 80, a/c: 20}}]', 'admitted'],
    ['shares that sum to 90', 'distribute: [{from: a, to: {a: 80, b: 10}}]', 'total locality weight 90 != 100'],
    ['a share of 0', 'distribute: [{from: a, to: {a: 100, b: 0}}]', 'locality weight must be in range [1, 100]'],
    [
      'a region and its zone',
      'distribute: [{from: a, to: {a: 50, a/b: 50}}]',
      'locality a/b overlap with previous specified ones',
    ],
    [
      'a zone and its region',
      'distribute: [{from: a/b, to: {c: 100}}, {from: a, to: {c: 100}}]',
      'locality a overlap with previous specified ones',
    ],
    [
      'a zone before all its fellows',
      'distribute: [{from: a/b, to: {c: 100}}, {from: "a/*", to: {c: 100}}]',
      'admitted',
    ],
    [
      'a zone behind everything',
      'distribute: [{from: "*", to: {c: 100}}, {from: a, to: {c: 100}}]',
      'locality a overlap with previous specified ones',
    ],
    [
      'a wildcard in the middle',
      'distribute: [{from: "a/*/c", to: {c: 100}}]',
      "locality a/*/c wildcard '*' number can not exceed 1 and must be in the end",
    ],
    [
      'a zone without a name',
      'distribute: [{from: a//c, to: {c: 100}}]',
      'locality a//c must not contain empty region/zone/subzone info',
    ],
    [
      'shares and failover',
      'distribute: [{from: a, to: {a: 100}}], failover: [{from: a, to: b}]',
      "can not simultaneously specify 'distribute' and 'failover'",
    ],
    [
      'failover to itself',
      'failover: [{from: a, to: a}]',
      'locality lb failover settings must specify different regions',
    ],
    ['failover to a zone', 'failover: [{from: a, to: b/c}]', 'locality lb failover only specify region'],
    [
      'failover to anywhere',
      'failover: [{from: a, to: "*"}]',
      "locality lb failover region should not contain '*' wildcard",
    ],
    [
      'failover and a topology label',
      'failover: [{from: a, to: b}], failoverPriority: [topology.kubernetes.io/zone]',
      "can not simultaneously set 'failover' and topology label 'topology.kubernetes.io/zone' in 'failover_priority'",
    ],
  ])('%s', (_, fields, said) => expect(locality(fields)).toBe(said))
})
