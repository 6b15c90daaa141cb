// ConfigMap config-deployment: how long a revision may take to come up, and its image to be resolved.

import { parseDuration } from '../../../kernel/duration.ts'
import { type ConfigValues, readKeys } from './keys.ts'

/** Milliseconds; whole seconds are written plain or as a Go duration. */
function positiveDuration(text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined || ms <= 0) throw new Error(`"${text}" is no duration above zero such as 600s`)
  return ms
}

export const deploymentKeys = {
  progressDeadlineMs: {
    key: 'progress-deadline',
    formerly: 'progressDeadline',
    default: 600_000,
    parse: positiveDuration,
    doc: 'how long a revision may take until its first instances are ready',
  },
  digestResolutionTimeoutMs: {
    key: 'digest-resolution-timeout',
    formerly: 'digestResolutionTimeout',
    default: 10_000,
    parse: positiveDuration,
    doc: 'how long finding the digest of an image may take',
  },
} as const

export type DeploymentConfig = ConfigValues<typeof deploymentKeys>

/** Reads config-deployment; throws when a value cannot be read. */
export function readDeployment(data: Record<string, string>): DeploymentConfig {
  return readKeys(deploymentKeys, data)
}
