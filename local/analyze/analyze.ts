// Finds what would surprise on a real cluster in a set of manifests: every rule, each finding at its line.
import type { Finding, Located, Rule } from './finding.ts'
import { manifestSet } from './manifest-set.ts'
import {
  knativeDestination,
  knativeSubsets,
  mirrorThroughGateway,
  missingGateway,
  revisionWithoutHeaders,
  undefinedSubset,
  unknownHost,
  unknownPort,
} from './rules/destinations.ts'
import { bareGatewayHost, bareUrl, knativeHost, longTagHost, twiceInTheMesh } from './rules/hosts.ts'
import {
  allowOnKnativePods,
  callerOfKnativePods,
  closedEgress,
  gatewayPolicyInside,
  strictWithoutActivator,
} from './rules/policies.ts'
import { faultWithoutPercentage, oddWeights, retriesWithoutConditions, twoAuthorities } from './rules/resilience.ts'
import { facadeNeedsSidecar, facadePort, revisionDefaults, revisionTraffic } from './rules/services.ts'
import { shadowedRule } from './rules/shadowing.ts'

export const rules: readonly Rule[] = [
  knativeHost,
  bareGatewayHost,
  twiceInTheMesh,
  longTagHost,
  bareUrl,
  shadowedRule,
  retriesWithoutConditions,
  faultWithoutPercentage,
  oddWeights,
  twoAuthorities,
  unknownHost,
  unknownPort,
  undefinedSubset,
  knativeDestination,
  mirrorThroughGateway,
  revisionWithoutHeaders,
  knativeSubsets,
  missingGateway,
  facadePort,
  facadeNeedsSidecar,
  revisionDefaults,
  revisionTraffic,
  strictWithoutActivator,
  allowOnKnativePods,
  callerOfKnativePods,
  gatewayPolicyInside,
  closedEgress,
]

/** In the order of files as given, then of lines. Objects are taken to be valid: validation speaks of the others. */
export function analyze(manifests: readonly Located[]): Finding[] {
  const set = manifestSet(manifests)
  const found = rules.flatMap(({ code, find }) =>
    [...find(set)].map(({ about, path, message, instead }) => ({
      code,
      file: about.file,
      ...position(about.locate(path)),
      message,
      instead,
    })),
  )
  const files = [...new Set(manifests.map(({ file }) => file))]
  return found.toSorted((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line)
}

const position = ({ line, column }: { line: number; column: number }) => ({ line, column })
