import { describe, expect, it } from 'vitest'
import { objectOf, verdictOf } from '../verdict-harness.ts'

const verdict = (fields: string) => verdictOf(objectOf('ServiceEntry', `{${fields}}`))
const http = 'ports: [{number: 80, name: http, protocol: HTTP}]'

describe('a ServiceEntry', () => {
  it.each([
    ['a host to look up', `hosts: [a.test], ${http}, resolution: DNS`, 'admitted'],
    ['no host', http, 'service entry must have at least one host'],
    ['every host', `hosts: ["*"], ${http}`, 'invalid host *'],
    [
      'a wildcard to look up',
      `hosts: ["*.a.test"], ${http}, resolution: DNS`,
      expect.stringContaining(
        'hosts must be FQDN or contain only prefix wildcards if no endpoints are provided for resolution mode DNS, domain name "*.a.test" invalid',
      ),
    ],
    [
      'a block to look up',
      `hosts: [a.test], addresses: [10.0.0.0/8], ${http}, resolution: DNS`,
      'CIDR addresses are allowed only for NONE/STATIC resolution types',
    ],
    [
      'a port twice',
      'hosts: [a.test], ports: [{number: 80, name: a}, {number: 80, name: a}]',
      '2 errors occurred:\n\t* service entry port name "a" already defined\n\t* service entry port 80 already defined\n\n',
    ],
    ['a port name with an underscore', 'hosts: [a.test], ports: [{number: 80, name: a_b}]', 'invalid port name: a_b'],
    [
      'an unknown protocol',
      'hosts: [a.test], ports: [{number: 80, name: a, protocol: FOO}]',
      'unsupported protocol: FOO',
    ],
    [
      'a target port out of range',
      'hosts: [a.test], ports: [{number: 80, name: a, targetPort: 70000}]',
      'port number 70000 must be in the range 1..65535',
    ],
    [
      'endpoints that are not used',
      `hosts: [a.test], ${http}, endpoints: [{address: 10.0.0.1}]`,
      'no endpoints should be provided for resolution type none',
    ],
    [
      'endpoints and a selector',
      `hosts: [a.test], ${http}, resolution: STATIC, workloadSelector: {labels: {a: b}}, endpoints: [{address: 10.0.0.1}]`,
      'only one of WorkloadSelector or Endpoints is allowed in Service Entry',
    ],
    [
      'a selector with a wildcard',
      `hosts: [a.test], ${http}, workloadSelector: {labels: {a: "*"}}`,
      'wildcard is not supported in selector: "a=*"',
    ],
    [
      'a name as static endpoint',
      `hosts: [a.test], ${http}, resolution: STATIC, endpoints: [{address: b.test}]`,
      'endpoint address "b.test" is not a valid IP address',
    ],
    [
      'an endpoint without an address',
      `hosts: [a.test], ${http}, resolution: STATIC, endpoints: [{ports: {x: 1}}]`,
      'address is required',
    ],
    ['an endpoint in a network', `hosts: [a.test], ${http}, resolution: STATIC, endpoints: [{network: n}]`, 'admitted'],
    [
      'a port the service lacks',
      `hosts: [a.test], ${http}, resolution: STATIC, endpoints: [{address: 10.0.0.1, ports: {x: 1}}]`,
      'endpoint port 1 is not defined by the service entry',
    ],
    [
      'a socket with ports',
      `hosts: [a.test], ${http}, resolution: STATIC, endpoints: [{address: "unix:///a", ports: {http: 1}}]`,
      'unix endpoint unix:///a must not include ports',
    ],
    [
      'a socket for two ports',
      'hosts: [a.test], ports: [{number: 80, name: a, protocol: HTTP}, {number: 81, name: b, protocol: HTTP}], resolution: STATIC, endpoints: [{address: "unix:///a"}]',
      'exactly 1 service port required for unix endpoints',
    ],
    [
      'two endpoints in turn',
      `hosts: [a.test], ${http}, resolution: DNS_ROUND_ROBIN, endpoints: [{address: b.test}, {address: c.test}]`,
      'there must only be 0 or 1 endpoint for resolution mode DNS_ROUND_ROBIN',
    ],
    [
      'an endpoint of a bad name',
      `hosts: [a.test], ${http}, resolution: DNS, endpoints: [{address: "b c"}]`,
      'endpoint address "b c" is not a valid FQDN or an IP address',
    ],
    [
      'two hosts of one TCP port',
      'hosts: [a.test, b.test], ports: [{number: 80, name: a, protocol: TCP}], resolution: DNS',
      'multiple hosts provided with non-HTTP, non-TLS ports',
    ],
    ['nobody who sees it', `hosts: [a.test], ${http}, exportTo: ["~"]`, 'admitted'],
    [
      'nobody and someone',
      `hosts: [a.test], ${http}, exportTo: ["~", a]`,
      'cannot export service entry to no one (~) and someone',
    ],
    ['names found while they are asked for', `hosts: ["*.a.test"], ${http}, resolution: DYNAMIC_DNS`, 'admitted'],
    [
      'one name found while it is asked for',
      `hosts: [a.test], ${http}, resolution: DYNAMIC_DNS`,
      'host must be wildcarded for resolution mode DYNAMIC_DNS',
    ],
    [
      'such names inside of the mesh',
      `hosts: ["*.a.test"], ${http}, resolution: DYNAMIC_DNS, location: MESH_INTERNAL`,
      'location must be MESH_EXTERNAL for resolution type DYNAMIC_DNS',
    ],
    [
      'such names of TCP',
      'hosts: ["*.a.test"], ports: [{number: 80, name: a, protocol: TCP}], resolution: DYNAMIC_DNS',
      'only HTTP and TLS protocol is supported for resolution type DYNAMIC_DNS',
    ],
    ['a resolution nobody knows', `hosts: [a.test], ${http}, resolution: 9`, 'unsupported resolution type '],
  ])('with %s', (_, fields, said) => expect(verdict(fields)).toEqual(said))
})

describe('a WorkloadEntry and a WorkloadGroup', () => {
  it.each([
    ['WorkloadEntry', 'a name', 'address: b.test, ports: {http: 80}', 'admitted'],
    ['WorkloadEntry', 'no address', 'ports: {http: 80}', 'address is required'],
    [
      'WorkloadEntry',
      'a bad port',
      'address: 10.0.0.1, ports: {http: 0}',
      'port number 0 must be in the range 1..65535',
    ],
    ['WorkloadGroup', 'no template', 'metadata: {}', 'template is required'],
    [
      'WorkloadGroup',
      'a bad label',
      'template: {}, metadata: {labels: {a: "b c"}}',
      'invalid labels: 1 error occurred:\n\t* invalid tag value: "b c"\n\n',
    ],
    [
      'WorkloadGroup',
      'a probe of nothing',
      'template: {}, probe: {periodSeconds: -1}',
      '2 errors occurred:\n\t* periodSeconds must be non-negative\n\t* unknown health check method <nil>\n\n',
    ],
    [
      'WorkloadGroup',
      'a probe of ftp',
      'template: {}, probe: {httpGet: {port: 80, scheme: ftp}}',
      'httpGet.scheme must be one of "HTTPS", "HTTP"',
    ],
    ['WorkloadGroup', 'a probe without a command', 'template: {}, probe: {exec: {}}', 'exec.command is required'],
    ['WorkloadGroup', 'a TCP probe', 'template: {}, probe: {tcpSocket: {port: 80}}', 'admitted'],
  ])('%s with %s', (kind, _, fields, said) => expect(verdictOf(objectOf(kind, `{${fields}}`))).toBe(said))
})
