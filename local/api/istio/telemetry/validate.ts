// The rules of a Telemetry as Istio's webhook has them (pkg/config/validation of Istio 1.29).
import { attachmentFindings } from '../fields/selector.ts'
import { eachEntry, eachItem, type Finding, flaw, flawIf, warning } from '../finding.ts'
import type { Subject } from '../subject.ts'
import type { CustomTag, Metrics, MetricsOverrides, ProviderRef, TelemetrySpec, Tracing } from './types.ts'

/** CEL expressions of access-log filters are not parsed here. */
export function telemetryFindings({ spec }: Subject<TelemetrySpec>): Finding[] {
  const { metrics, tracing = [], accessLogging } = spec
  return [
    ...attachmentFindings(spec, 'spec'),
    ...eachItem(metrics, 'spec.metrics', metricsFindings),
    ...(tracing.length > 1 ? [warning('spec.tracing', 'multiple tracing is not currently supported')] : []),
    ...eachItem(tracing, 'spec.tracing', tracingFindings),
    ...eachItem(accessLogging, 'spec.accessLogging', ({ providers }, at) => providerFlaws(providers, at)),
  ]
}

/** The first nameless provider alone is said. */
function providerFlaws(providers: readonly Partial<ProviderRef>[] | undefined, path: string): Finding[] {
  return flawIf(!!providers?.some(({ name }) => !name), `${path}.providers`, 'providers.name may not be empty')
}

function metricsFindings({ providers, overrides }: Metrics, path: string): Finding[] {
  return [...providerFlaws(providers, path), ...eachItem(overrides, `${path}.overrides`, overrideFindings)]
}

function overrideFindings({ tagOverrides, match }: MetricsOverrides, path: string): Finding[] {
  return [
    ...eachEntry(tagOverrides, `${path}.tagOverrides`, ({ operation = 'UPSERT', value }, name, at) => [
      ...(name === '' ? [warning(at, 'tagOverrides.name may not be empty')] : []),
      ...flawIf(operation === 'UPSERT' && !value, at, 'tagOverrides.value must be set when operation is UPSERT'),
      ...flawIf(operation === 'REMOVE' && !!value, at, 'tagOverrides.value may only be set when operation is UPSERT'),
    ]),
    ...flawIf(match?.customMetric === '', `${path}.match.customMetric`, 'customMetric may not be empty'),
  ]
}

function tracingFindings({ providers, randomSamplingPercentage = 0, customTags }: Tracing, path: string): Finding[] {
  const outside = randomSamplingPercentage < 0 || randomSamplingPercentage > 100
  const several = (providers?.length ?? 0) > 1
  return [
    ...(several ? [warning(`${path}.providers`, 'multiple providers is not currently supported')] : []),
    ...providerFlaws(providers, path),
    ...flawIf(outside, `${path}.randomSamplingPercentage`, 'randomSamplingPercentage must be in range [0.0, 100.0]'),
    ...eachEntry(customTags, `${path}.customTags`, tagFlaws),
  ]
}

function tagFlaws({ literal, header, environment }: CustomTag, name: string, path: string): Finding[] {
  return [
    ...(name === '' ? [flaw(path, 'tag name may not be empty')] : []),
    ...flawIf(literal !== undefined && !literal.value, path, 'literal tag value may not be empty'),
    ...flawIf(header !== undefined && !header.name, path, 'header tag name may not be empty'),
    ...flawIf(environment !== undefined && !environment.name, path, 'environment tag name may not be empty'),
  ]
}
