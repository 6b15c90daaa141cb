// What the webhook lets pass of a container's security context, and warns of (knative/serving k8s_validation.go).
import type { FieldError } from '../../../kernel/errors.ts'
import { flawText } from '../../admission.ts'
import type { Container, PodSpec } from '../../core/pod-spec.ts'
import { inPrintOrder } from '../../flaws.ts'
import { invalidValue } from '../flaws.ts'

interface SecurityContext {
  allowPrivilegeEscalation?: boolean
  capabilities?: { drop?: string[] }
  runAsNonRoot?: boolean
  seccompProfile?: { type?: string }
}

const insecure = 'Kubernetes default value is insecure, Knative may default this to secure in a future release'

/** One sentence a flaw for all containers of a pod spec whose fields stand at `at`. */
export function securityWarnings(spec: PodSpec, at: string): string[] {
  const { containers = [], initContainers = [] } = spec
  const pod = (spec as { securityContext?: SecurityContext }).securityContext ?? {}
  const warnings = [
    ...containers.flatMap((one, index) => containerWarnings(one, pod, `${at}.containers[${index}].securityContext`)),
    ...initContainers.flatMap((one, index) =>
      containerWarnings(one, pod, `${at}.initContainers[${index}].securityContext`),
    ),
  ]
  return inPrintOrder(warnings).map(flawText)
}

function containerWarnings({ securityContext = {} }: Container, pod: SecurityContext, at: string): FieldError[] {
  const own: SecurityContext = securityContext
  const profile = own.seccompProfile ?? pod.seccompProfile
  const missing = [
    ...((own.runAsNonRoot ?? pod.runAsNonRoot) === undefined ? ['runAsNonRoot'] : []),
    ...(own.allowPrivilegeEscalation === undefined ? ['allowPrivilegeEscalation'] : []),
    ...(profile === undefined ? ['seccompProfile'] : profile.type ? [] : ['seccompProfile.type']),
    ...(own.capabilities === undefined ? ['capabilities'] : own.capabilities.drop ? [] : ['capabilities.drop']),
  ]
  // Spelled in small letters it drops nothing.
  const misspelt = own.capabilities?.drop?.[0] === 'all'
  return [
    ...missing.map(field => ({ path: `${at}.${field}`, message: insecure })),
    ...(misspelt ? [invalidValue('all', `${at}.capabilities.drop`, "Must be spelled as 'ALL'")] : []),
  ]
}
