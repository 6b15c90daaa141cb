// Who may: the checks of every proxy of the mesh, by the policies that hold for its workload.
import type { JwtRule } from '../../api/istio/types.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Log } from '../../kernel/log.ts'
import { authenticate } from './authenticate.ts'
import { audited, authorize, type RuleSet } from './authorize.ts'
import type { Admission, CheckedRequest, CheckedWorkload, Verdict } from './checked-request.ts'
import { type FetchText, KeySets } from './jwks.ts'
import { jwtRulesFor, type MtlsMode, mtlsMode, rulesFor, type SecurityObjects } from './policies.ts'

export interface Security {
  /** False while there is no policy at all. */
  readonly active: boolean
  /** Replaces all policies. Requests under way are not judged again. */
  setPolicies(objects: SecurityObjects): void
  /**
   * Undefined when no policy holds for the workload, the usual case; a promise only when tokens are verified. What holds
   * is remembered by the workload's object: pass the same one for the same workload.
   */
  check(workload: CheckedWorkload, request: CheckedRequest): Verdict | Promise<Verdict> | undefined
  /** The same for a connection of bytes, which has no tokens: what policies ask of HTTP there is Istio's BuildTCP. */
  admits(workload: CheckedWorkload, connection: CheckedRequest): boolean
  /** Whether a workload takes callers without an identity. `port` is its own, for portLevelMtls. */
  mtls(workload: CheckedWorkload, port?: number): MtlsMode
}

interface Checks {
  jwt: readonly JwtRule[]
  rules: RuleSet
}

const admitted: Admission = { allowed: true, claims: undefined, removeHeaders: [], addHeaders: [] }

/** `fetch` gets key sets by URL, through the mesh for cluster names. */
export function createSecurity(options: { clock: Clock; log: Log; fetch: FetchText }): Security {
  const { clock, log } = options
  const keySets = new KeySets(options)
  let objects: SecurityObjects = { authorizationPolicies: [], requestAuthentications: [], peerAuthentications: [] }
  let byWorkload = new WeakMap<CheckedWorkload, { checks: Checks | undefined }>()

  const checksOf = (workload: CheckedWorkload): Checks | undefined => {
    const known = byWorkload.get(workload)
    if (known) return known.checks
    const checks = compile(objects, workload)
    byWorkload.set(workload, { checks })
    return checks
  }

  const judged = (rules: RuleSet, request: CheckedRequest, admission: Admission): Verdict => {
    const audit = audited(rules, request, admission.claims)
    if (audit) log('info', `audit: ${request.method} ${request.authority}${request.target}`, { policy: audit.name })
    return authorize(rules, request, admission.claims) ?? admission
  }

  return {
    get active() {
      const { authorizationPolicies, requestAuthentications, peerAuthentications } = objects
      return authorizationPolicies.length + requestAuthentications.length + peerAuthentications.length > 0
    },
    setPolicies(replaced) {
      for (const name of customPolicies(replaced)) {
        if (!customPolicies(objects).includes(name)) log('warn', `${name}: ${noAuthorizers}`)
      }
      objects = replaced
      byWorkload = new WeakMap()
    },
    check(workload, request) {
      if (objects.authorizationPolicies.length === 0 && objects.requestAuthentications.length === 0) return undefined
      const checks = checksOf(workload)
      if (!checks) return undefined
      if (checks.jwt.length === 0) return judged(checks.rules, request, admitted)
      return authenticate(checks.jwt, request, { clock, keySets }).then(outcome =>
        outcome.allowed ? judged(checks.rules, request, outcome) : outcome,
      )
    },
    admits(workload, connection) {
      const rules = rulesFor(objects.authorizationPolicies, workload, 'connection')
      return authorize(rules, connection, undefined) === undefined
    },
    mtls: (workload, port) => mtlsMode(objects.peerAuthentications, workload, port),
  }
}

const noAuthorizers =
  'action CUSTOM asks an external authorizer and there is none here: requests its rules match are denied'

function customPolicies({ authorizationPolicies }: SecurityObjects): string[] {
  return authorizationPolicies
    .filter(({ spec }) => spec?.action === 'CUSTOM')
    .map(({ metadata }) => `AuthorizationPolicy ${metadata.namespace}/${metadata.name}`)
}

function compile(objects: SecurityObjects, workload: CheckedWorkload): Checks | undefined {
  const jwt = jwtRulesFor(objects.requestAuthentications, workload)
  const rules = rulesFor(objects.authorizationPolicies, workload)
  const anything = jwt.length > 0 || rules.allow || rules.deny.length > 0 || rules.audit.length > 0
  return anything ? { jwt, rules } : undefined
}
