// Finds what would surprise on a real cluster in a set of manifests: every rule, each finding at its line.
import type { Finding, Located, Rule } from './finding.ts'
import { manifestSet } from './manifest-set.ts'
import { connectionDestination, connectionRuleWithoutServer } from './rules/connections.ts'
import {
  knativeDestination,
  knativeSubsets,
  mirrorThroughGateway,
  revisionWithoutHeaders,
  undefinedSubset,
  unknownHost,
  unknownPort,
} from './rules/destinations.ts'
import { domainAndRoute, domainWithoutClaim } from './rules/domains.ts'
import { bindingOfNamedRevision, channelInMemory, headerOfEvents, noDeadLetters } from './rules/events.ts'
import { gatewaySelectsNothing, mergedHost, missingGateway, secondWildcardGateway } from './rules/gateways.ts'
import { bareGatewayHost, generatedName, knativeHost, takenServiceName, twiceInTheMesh } from './rules/hosts.ts'
import {
  allowOnKnativePods,
  callerOfKnativePods,
  closedEgress,
  gatewayPolicyInside,
  strictWithoutActivator,
} from './rules/policies.ts'
import {
  faultBeforeRetries,
  faultWithoutPercentage,
  oddWeights,
  retriesWithoutConditions,
  tagHeaderIgnored,
  timeoutUnderColdStart,
  twoAuthorities,
} from './rules/resilience.ts'
import {
  minScaleWithoutTraffic,
  neverZero,
  revisionDefaults,
  revisionsInOneFile,
  revisionTraffic,
} from './rules/revisions.ts'
import { facadeNeedsSidecar, facadePort } from './rules/services.ts'
import { shadowedRule } from './rules/shadowing.ts'
import { bareUrl, knativePort } from './rules/urls.ts'
import { istioWarning } from './rules/validation.ts'

/** By family: 0 validation, 1 names, 2 order and resilience, 3 destinations, 4 gateways, 5 services, 6 policies, 7 events. */
export const rules: readonly Rule[] = [
  istioWarning,
  ...[knativeHost, bareGatewayHost, twiceInTheMesh, bareUrl, generatedName, takenServiceName, knativePort],
  ...[shadowedRule, retriesWithoutConditions, faultWithoutPercentage, oddWeights, twoAuthorities],
  ...[faultBeforeRetries, timeoutUnderColdStart, tagHeaderIgnored],
  ...[unknownHost, unknownPort, undefinedSubset, knativeDestination, mirrorThroughGateway, revisionWithoutHeaders],
  ...[knativeSubsets, connectionDestination],
  ...[missingGateway, gatewaySelectsNothing, secondWildcardGateway, mergedHost, domainAndRoute],
  connectionRuleWithoutServer,
  ...[facadePort, facadeNeedsSidecar, revisionDefaults, revisionTraffic, revisionsInOneFile],
  ...[minScaleWithoutTraffic, neverZero, domainWithoutClaim],
  ...[strictWithoutActivator, allowOnKnativePods, callerOfKnativePods, gatewayPolicyInside, closedEgress],
  ...[headerOfEvents, noDeadLetters, channelInMemory, bindingOfNamedRevision],
]

/** In the order of files as given, then of lines. Objects are taken to be valid: validation speaks of the others. */
export function analyze(manifests: readonly Located[]): Finding[] {
  const set = manifestSet(manifests)
  const found = rules.flatMap(({ id, name, severity, find }) =>
    [...find(set)].map(({ about, path, message, instead }) => {
      const { line, column } = about.locate(path)
      return { id, name, severity, file: about.file, line, column, message, instead }
    }),
  )
  const files = [...new Set(manifests.map(({ file }) => file))]
  return found
    .filter(one => one.id !== istioWarning.id || !isSaidAlready(one, found))
    .toSorted((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line)
}

/** Istio's validation knows of some rules that no request reaches, at the same line. */
function isSaidAlready({ file, line }: Finding, found: readonly Finding[]): boolean {
  return found.some(one => one.id === shadowedRule.id && one.file === file && one.line === line)
}
