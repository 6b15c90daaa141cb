// What MeshConfig and Telemetry objects say of tracing and access logs, as Istio 1.29 reads them.
import { parse } from 'yaml'
import type { AccessLogging, Telemetry, Tracing } from '../api/istio/telemetry/types.ts'
import type { AccessLogSettings } from './access-log/access-log.ts'
import { textFormat } from './access-log/default-formats.ts'
import { requestFilter } from './access-log/filter.ts'
import type { Format } from './tracing/context.ts'
import type { TracingSettings } from './tracing/tracer.ts'

export interface SettingsInput {
  /** The text of key `mesh` of ConfigMap `istio-system/istio`. */
  meshConfig: string
  telemetries: readonly Telemetry[]
  /** True when the runtime itself exports spans: then it writes contexts as a provider would. */
  exports: boolean
}

export interface TelemetrySettings {
  tracing: TracingSettings
  accessLog: AccessLogSettings
  /** What cannot be done, a sentence each. */
  warnings: string[]
}

interface MeshConfig {
  enableTracing?: boolean
  rootNamespace?: string
  accessLogFile?: string
  accessLogFormat?: string
  accessLogEncoding?: string
  defaultConfig?: { tracing?: { sampling?: number } & Record<string, unknown> }
  defaultProviders?: { tracing?: string[]; accessLogging?: string[] }
  extensionProviders?: ({ name?: string } & Record<string, unknown>)[]
}

/**
 * Istio traces 1 % where nobody says otherwise. On one machine that would mostly show nothing: here it is all of them,
 * and what a Telemetry or MeshConfig says holds as it does there.
 */
const defaultSampling = 100

export function telemetrySettings({ meshConfig, telemetries, exports }: SettingsInput): TelemetrySettings {
  const mesh = readMesh(meshConfig)
  const root = mesh.rootNamespace ?? 'istio-system'
  // Those that select workloads are for a part of a namespace: the mesh's own view is of the whole.
  const wide = telemetries.filter(({ spec }) => !spec?.selector && !spec?.targetRef && !spec?.targetRefs?.length)
  const of = (namespace: string) => wide.find(({ metadata }) => metadata.namespace === namespace)?.spec
  const tracing = of(root)?.tracing?.[0]
  const warnings: string[] = []
  return {
    tracing: {
      format: providedFormat(mesh, tracing) ?? (exports ? 'w3c' : undefined),
      sampling: namespace => sampling(mesh, [of(namespace)?.tracing?.[0], tracing]),
    },
    accessLog: accessLog(mesh, of(root)?.accessLogging, warnings),
    warnings,
  }
}

/** What is wrong with it is told where routes are compiled from it. */
function readMesh(text: string): MeshConfig {
  try {
    const mesh: unknown = parse(text)
    return typeof mesh === 'object' && mesh !== null ? (mesh as MeshConfig) : {}
  } catch {
    return {}
  }
}

/** The nearest that says something: the namespace's own Telemetry, the mesh's, MeshConfig. */
function sampling({ enableTracing, defaultConfig }: MeshConfig, said: readonly (Tracing | undefined)[]): number {
  if (enableTracing === false || said.some(one => one?.disableSpanReporting)) return 0
  const percent = said.map(one => one?.randomSamplingPercentage).find(one => one !== undefined)
  return percent ?? defaultConfig?.tracing?.sampling ?? defaultSampling
}

/** How the provider in force writes contexts; undefined when the mesh has none: proxies then write nothing. */
function providedFormat(mesh: MeshConfig, tracing: Tracing | undefined): Format | undefined {
  const name = tracing?.providers?.[0]?.name ?? mesh.defaultProviders?.tracing?.[0]
  const provider = name === undefined ? undefined : mesh.extensionProviders?.find(one => one.name === name)
  if (provider) return 'opentelemetry' in provider ? 'w3c' : 'b3'
  const own = mesh.defaultConfig?.tracing
  if (!own) return undefined
  return ['zipkin', 'datadog', 'lightstep'].some(kind => kind in own) ? 'b3' : undefined
}

const builtInLog = 'envoy'

function accessLog(
  mesh: MeshConfig,
  said: readonly AccessLogging[] | undefined,
  warnings: string[],
): AccessLogSettings {
  const entry = said?.[0]
  const provider = entry?.providers?.[0]?.name ?? mesh.defaultProviders?.accessLogging?.[0]
  const off = entry?.disabled || !(mesh.accessLogFile || provider !== undefined)
  if (provider !== undefined && provider !== builtInLog)
    warnings.push(`access log provider ${provider} is not supported, ${builtInLog} writes in its place`)
  const expression = entry?.filter?.expression
  const filter = expression === undefined ? undefined : requestFilter(expression)
  if (expression !== undefined && filter === undefined)
    warnings.push(`access log filter "${expression}" is not supported, every request is logged; response.code is`)
  const mode = entry?.match?.mode ?? 'CLIENT_AND_SERVER'
  // A hop is seen from the caller's side: the servers' own proxies would log the same requests once more.
  return {
    enabled: !off && mode !== 'SERVER',
    format: textFormat(mesh.accessLogFormat, mesh.accessLogEncoding === 'JSON'),
    ...(filter ? { filter } : {}),
  }
}
