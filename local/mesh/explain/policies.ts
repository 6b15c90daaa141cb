// What policies say of a request at the ingress gateway and before the pods of a revision.
import type { AuthorizationPolicy, JwtRule } from '../../api/istio/types.ts'
import type { KubeObject } from '../../kernel/object.ts'
import { hasSidecar, spiffeId } from '../identity.ts'
import { compileRules } from '../security/authorization-policy.ts'
import { authorize } from '../security/authorize.ts'
import type { CheckedRequest, CheckedWorkload, Claims } from '../security/checked-request.ts'
import { parseJwt } from '../security/jwt.ts'
import { holdsFor, jwtRulesFor, mtlsMode } from '../security/policies.ts'
import { tokensOf } from '../security/token-location.ts'
import {
  activatorPrincipal,
  gatewayPrincipal,
  gatewayWorkload,
  queueProxyPort,
  unprivilegedPort,
} from '../security/workloads.ts'
import type { ExplainedPolicy } from './explanation.d.ts'
import { placeOfOrigin } from './place.ts'
import type { ExplainedMesh, Step } from './step.ts'

interface Checkpoint {
  /** `ingress gateway` */
  at: string
  workload: CheckedWorkload
  request: CheckedRequest
  claims: Claims | undefined
}

/** Sidecars of callers check nothing: only gateways do, and the callee. */
export function gatewayPolicies(step: Step): ExplainedPolicy[] {
  const { entrance, mesh } = step
  if ('caller' in entrance) return []
  const { gatewayPort, serverName = '' } = entrance
  const destinationPort = unprivilegedPort(gatewayPort)
  const request = checked(step, { principal: undefined, destinationPort, sni: serverName })
  const checkpoint = { at: 'ingress gateway', workload: gatewayWorkload, request, claims: tokenClaims(step) }
  return [...tokenPolicies(checkpoint, mesh), ...accessPolicies(checkpoint, mesh)]
}

/** Pods of a Knative Service see its activator as their caller, whoever asked. */
export function podPolicies(step: Step, revision: { namespace: string; revision: string }): ExplainedPolicy[] {
  const { mesh } = step
  const { namespace } = revision
  const found = mesh.objects.workloads.find(one => one.namespace === namespace && one.revision === revision.revision)
  if (!found || found.labels['sidecar.istio.io/inject'] === 'false') return []
  const workload = { namespace, labels: found.labels }
  const at = `pods of ${namespace}/${revision.revision}`
  const request = checked(step, { principal: activatorPrincipal, destinationPort: queueProxyPort, sni: '' })
  const checkpoint = { at, workload, request, claims: undefined }
  return [
    ...identityPolicies(checkpoint, step),
    ...tokenPolicies(checkpoint, mesh),
    ...accessPolicies(checkpoint, mesh),
  ]
}

/** Claims of a token the gateway would take, which is not verified here: undefined where none is asked for or given. */
export function tokenClaims(step: Step): Claims | undefined {
  if ('caller' in step.entrance) return undefined
  const request = checked(step, { principal: undefined, destinationPort: 0, sni: '' })
  for (const rule of jwtRulesFor(step.mesh.objects.requestAuthentications, gatewayWorkload)) {
    const claims = claimsFor(rule, request)
    if (claims) return claims
  }
  return undefined
}

function claimsFor(rule: JwtRule, request: CheckedRequest): Claims | undefined {
  for (const { text } of tokensOf(rule, request)) {
    try {
      const { issuer, claims } = parseJwt(text)
      if (issuer === rule.issuer) return claims
    } catch {
      // Not a token at all: the next place may hold one.
    }
  }
  return undefined
}

type Peer = Pick<CheckedRequest, 'principal' | 'destinationPort' | 'sni'>

function checked({ method, host, target, headers }: Step, peer: Peer): CheckedRequest {
  const address = '127.0.0.1'
  return { method, scheme: 'http', authority: host, target, headers, peer: address, remote: address, ...peer }
}

function accessPolicies({ at, workload, request, claims }: Checkpoint, mesh: ExplainedMesh): ExplainedPolicy[] {
  const holding = mesh.objects.authorizationPolicies.filter(one => holdsFor(one, workload))
  const allowing = holding.filter(one => actionOf(one) === 'ALLOW')
  const matched = (policy: AuthorizationPolicy) => matchingRule(policy, request, claims)
  const isLetIn = allowing.some(one => matched(one) !== undefined)
  return holding.map(policy => {
    const rule = matched(policy)
    const action = actionOf(policy)
    const denies = action === 'ALLOW' ? !isLetIn : rule !== undefined && action !== 'AUDIT'
    const path = rule === undefined ? '' : `spec.rules[${rule}]`
    return { at, policy: placeOfOrigin(originOf(policy, path), mesh.manifests), says: saying(action, rule), denies }
  })
}

function saying(action: string, rule: number | undefined): string {
  if (rule === undefined) return `${action}: no rule of it matches`
  if (action === 'CUSTOM') return 'CUSTOM: matches, and there is no external authorizer here'
  return `${action}: rules[${rule}] matches`
}

const actionOf = ({ spec }: AuthorizationPolicy) => spec?.action ?? 'ALLOW'

/** The number of the first rule that matches by itself. */
function matchingRule(policy: AuthorizationPolicy, request: CheckedRequest, claims: Claims | undefined) {
  const match = compileRules(policy).find(one =>
    authorize({ deny: [one], allow: undefined, audit: [] }, request, claims),
  )
  const index = /rule\[(\d+)\]$/.exec(match?.name ?? '')?.[1]
  return index === undefined ? undefined : Number(index)
}

function tokenPolicies(
  { at, workload, request }: Checkpoint,
  { objects, manifests }: ExplainedMesh,
): ExplainedPolicy[] {
  return objects.requestAuthentications
    .filter(one => holdsFor(one, workload))
    .flatMap(policy =>
      (policy.spec?.jwtRules ?? []).map((rule, index) => ({
        at,
        policy: placeOfOrigin(originOf(policy, `spec.jwtRules[${index}]`), manifests),
        says: `a token of ${rule.issuer} is ${claimsFor(rule, request) ? 'there and taken to be valid' : 'not there, which this policy alone lets pass'}`,
        denies: false,
      })),
    )
}

/** STRICT asks the caller for an identity of the mesh, and at a revision the first caller is the activator. */
function identityPolicies({ at, workload }: Checkpoint, { mesh, entrance }: Step): ExplainedPolicy[] {
  const { peerAuthentications } = mesh.objects
  const holding = peerAuthentications.filter(one => holdsFor(one, workload))
  if (mtlsMode(peerAuthentications, workload, queueProxyPort) !== 'STRICT') return []
  const strict = holding.find(one => one.spec?.mtls?.mode === 'STRICT') ?? holding[0]
  if (!strict) return []
  const caller = 'caller' in entrance && hasSidecar(entrance.caller) ? spiffeId(entrance.caller) : gatewayPrincipal
  const says = `STRICT: the activator needs a sidecar to call on behalf of ${caller.replace('spiffe://', '')}`
  return [{ at, policy: placeOfOrigin(originOf(strict, 'spec.mtls'), mesh.manifests), says, denies: false }]
}

function originOf({ kind, metadata }: KubeObject, path: string) {
  return { kind, namespace: metadata.namespace ?? 'default', name: metadata.name, path }
}
