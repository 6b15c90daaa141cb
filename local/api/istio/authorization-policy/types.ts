// AuthorizationPolicy as Istio 1.29 defines it. Fields are required where validation refuses an object without them.
import type { KubeObject } from '../../../kernel/object.ts'
import type { PolicySelector, PolicyTargetReference } from '../fields/types.ts'

export interface AuthorizationPolicy extends KubeObject {
  spec?: AuthorizationPolicySpec
}

export interface AuthorizationPolicySpec {
  selector?: PolicySelector
  /** Deprecated: one of `targetRefs`. */
  targetRef?: PolicyTargetReference
  targetRefs?: PolicyTargetReference[]
  /** None at all never matches; `{}` always does. */
  rules?: Rule[]
  /** Default ALLOW. */
  action?: 'ALLOW' | 'DENY' | 'AUDIT' | 'CUSTOM'
  /** With CUSTOM alone. */
  provider?: { name?: string }
}

/** Matches when one of `from`, one of `to` and all of `when` do; a part that is left out always does. */
export interface Rule {
  from?: { source: Source }[]
  to?: { operation: Operation }[]
  when?: Condition[]
}

/** All fields that are there have to hold. A value may be exact, `prefix*`, `*suffix` or `*`. */
export interface Source {
  principals?: string[]
  notPrincipals?: string[]
  requestPrincipals?: string[]
  notRequestPrincipals?: string[]
  namespaces?: string[]
  notNamespaces?: string[]
  /** `account` or `namespace/account`. */
  serviceAccounts?: string[]
  notServiceAccounts?: string[]
  /** Of the peer. */
  ipBlocks?: string[]
  notIpBlocks?: string[]
  /** Of the client that X-Forwarded-For names. */
  remoteIpBlocks?: string[]
  notRemoteIpBlocks?: string[]
}

export interface Operation {
  hosts?: string[]
  notHosts?: string[]
  ports?: string[]
  notPorts?: string[]
  methods?: string[]
  notMethods?: string[]
  /** Also templates: `/a/{*}/b`, `/a/{**}`. */
  paths?: string[]
  notPaths?: string[]
}

export interface Condition {
  /** `request.headers[x]`, `source.namespace`, … */
  key: string
  values?: string[]
  notValues?: string[]
}
