// What the webhook refuses of a container's security context.
import type { FieldError } from '../../../kernel/errors.ts'
import type { FeaturesConfig } from '../config/features.ts'
import { disallowed, largestInt32, outOfBounds } from '../flaws.ts'

interface SecurityContext {
  privileged?: boolean
  capabilities?: { add?: string[] }
  runAsUser?: number
  runAsGroup?: number
}

/** Flaws of a security context; adding capabilities needs a feature flag, but for binding low ports. */
export function securityFlaws(
  context: Record<string, unknown> | undefined,
  at: string,
  features: FeaturesConfig,
): FieldError[] {
  if (!context) return []
  const { privileged, capabilities, ...ids } = context as SecurityContext
  const added = (capabilities?.add ?? []).filter(one => one !== 'NET_BIND_SERVICE')
  const bounded = (['runAsUser', 'runAsGroup'] as const).flatMap(field => {
    const id = ids[field] ?? 0
    return id < 0 || id > largestInt32 ? [outOfBounds(id, 0, largestInt32, `${at}.${field}`)] : []
  })
  return [
    ...(privileged ? [disallowed(`${at}.privileged`)] : []),
    ...(added.length > 0 && features.addCapabilities === 'Disabled' ? [disallowed(`${at}.capabilities.add`)] : []),
    ...bounded,
  ]
}
