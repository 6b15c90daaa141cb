// The Telemetry message.
import { policySelector, policyTargetReference } from '../fields/messages.ts'
import { bool, double, duration, list, map, message, oneOf, string } from '../proto/message.ts'
import type {
  AccessLogging,
  CustomTag,
  Metrics,
  MetricsOverrides,
  ProviderRef,
  TelemetrySpec,
  Tracing,
} from './types.ts'

const telemetry = 'istio.telemetry.v1alpha1'

const workloadMode = oneOf(`${telemetry}.WorkloadMode`, 'CLIENT_AND_SERVER', 'CLIENT', 'SERVER')
const providers = list(message<ProviderRef>(`${telemetry}.ProviderRef`, { name: string }))
type Selector = NonNullable<Tracing['match']>

const customTag = message<CustomTag>(
  `${telemetry}.Tracing.CustomTag`,
  {
    literal: message<{ value: string }>(`${telemetry}.Tracing.Literal`, { value: string }),
    environment: message<{ name: string; defaultValue?: string }>(`${telemetry}.Tracing.Environment`, {
      name: string,
      defaultValue: string,
    }),
    header: message<{ name: string; defaultValue?: string }>(`${telemetry}.Tracing.RequestHeader`, {
      name: string,
      defaultValue: string,
    }),
    formatter: message<{ value: string }>(`${telemetry}.Tracing.Formatter`, { value: string }),
  },
  ['literal', 'environment', 'header', 'formatter'],
)

const tracing = message<Tracing>(`${telemetry}.Tracing`, {
  match: message<Selector>(`${telemetry}.Tracing.TracingSelector`, { mode: workloadMode }),
  providers,
  randomSamplingPercentage: double,
  disableSpanReporting: bool,
  customTags: map(customTag),
  useRequestIdForTraceSampling: bool,
  enableIstioTags: bool,
})

const metric = oneOf(
  `${telemetry}.MetricSelector.IstioMetric`,
  'ALL_METRICS',
  'REQUEST_COUNT',
  'REQUEST_DURATION',
  'REQUEST_SIZE',
  'RESPONSE_SIZE',
  'TCP_OPENED_CONNECTIONS',
  'TCP_CLOSED_CONNECTIONS',
  'TCP_SENT_BYTES',
  'TCP_RECEIVED_BYTES',
  'GRPC_REQUEST_MESSAGES',
  'GRPC_RESPONSE_MESSAGES',
)

const tagOverride = message<{ operation?: 'UPSERT' | 'REMOVE'; value?: string }>(
  `${telemetry}.MetricsOverrides.TagOverride`,
  { operation: oneOf(`${telemetry}.MetricsOverrides.TagOverride.Operation`, 'UPSERT', 'REMOVE'), value: string },
)

const metricsOverrides = message<MetricsOverrides>(`${telemetry}.MetricsOverrides`, {
  match: message<NonNullable<MetricsOverrides['match']>>(
    `${telemetry}.MetricSelector`,
    { metric, customMetric: string, mode: workloadMode },
    ['metric', 'customMetric'],
  ),
  disabled: bool,
  tagOverrides: map(tagOverride),
})

export const telemetryMessage = message<TelemetrySpec>(`${telemetry}.Telemetry`, {
  selector: policySelector,
  targetRef: policyTargetReference,
  targetRefs: list(policyTargetReference),
  tracing: list(tracing),
  metrics: list(
    message<Metrics>(`${telemetry}.Metrics`, {
      providers,
      overrides: list(metricsOverrides),
      reportingInterval: duration,
    }),
  ),
  accessLogging: list(
    message<AccessLogging>(`${telemetry}.AccessLogging`, {
      match: message<Selector>(`${telemetry}.AccessLogging.LogSelector`, { mode: workloadMode }),
      providers,
      disabled: bool,
      filter: message<{ expression?: string }>(`${telemetry}.AccessLogging.Filter`, { expression: string }),
    }),
  ),
})
