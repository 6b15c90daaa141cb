// The AuthorizationPolicy message.
import { policySelector, policyTargetReference } from '../fields/messages.ts'
import { list, message, oneOf, string } from '../proto/message.ts'
import type { AuthorizationPolicySpec, Condition, Operation, Rule, Source } from './types.ts'

const security = 'istio.security.v1beta1'
const policy = `${security}.AuthorizationPolicy`
const strings = list(string)

const source = message<Source>(`${security}.Source`, {
  principals: strings,
  notPrincipals: strings,
  requestPrincipals: strings,
  notRequestPrincipals: strings,
  namespaces: strings,
  notNamespaces: strings,
  serviceAccounts: strings,
  notServiceAccounts: strings,
  ipBlocks: strings,
  notIpBlocks: strings,
  remoteIpBlocks: strings,
  notRemoteIpBlocks: strings,
})

const operation = message<Operation>(`${security}.Operation`, {
  hosts: strings,
  notHosts: strings,
  ports: strings,
  notPorts: strings,
  methods: strings,
  notMethods: strings,
  paths: strings,
  notPaths: strings,
})

const rule = message<Rule>(`${security}.Rule`, {
  from: list(message<{ source: Source }>(`${security}.Rule.From`, { source })),
  to: list(message<{ operation: Operation }>(`${security}.Rule.To`, { operation })),
  when: list(message<Condition>(`${security}.Condition`, { key: string, values: strings, notValues: strings })),
})

export const authorizationPolicyMessage = message<AuthorizationPolicySpec>(policy, {
  selector: policySelector,
  targetRef: policyTargetReference,
  targetRefs: list(policyTargetReference),
  rules: list(rule),
  action: oneOf(`${policy}.Action`, 'ALLOW', 'DENY', 'AUDIT', 'CUSTOM'),
  provider: message<{ name?: string }>(`${policy}.ExtensionProvider`, { name: string }),
})
