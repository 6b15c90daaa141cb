import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { TelemetrySpec } from '../api/istio/telemetry/types.ts'
import { istioJsonFormat, istioTextFormat } from './access-log/default-formats.ts'
import { telemetrySettings } from './settings.ts'

/** `specs`: YAML of Telemetry specs by their namespace. */
function read(meshConfig: string, specs: Record<string, string> = {}, exports = false) {
  const telemetries = Object.entries(specs).map(([namespace, text]) => ({
    ...{ apiVersion: 'telemetry.istio.io/v1', kind: 'Telemetry', metadata: { name: 'one', namespace } },
    spec: parse(text) as TelemetrySpec,
  }))
  return telemetrySettings({ meshConfig, telemetries, exports })
}

describe('sampling', () => {
  it.each<[string, string, Record<string, string>, number]>([
    ['nobody says anything: all of it, on one machine', '', {}, 100],
    ['MeshConfig', 'defaultConfig: {tracing: {sampling: 5}}', {}, 5],
    ['MeshConfig, none', 'defaultConfig: {tracing: {sampling: 0}}', {}, 0],
    ['tracing switched off', 'enableTracing: false', { app: 'tracing: [{randomSamplingPercentage: 50}]' }, 0],
    [
      'the mesh’s Telemetry',
      'defaultConfig: {tracing: {sampling: 5}}',
      { 'istio-system': 'tracing: [{randomSamplingPercentage: 10}]' },
      10,
    ],
    [
      'the namespace’s own Telemetry',
      '',
      {
        'istio-system': 'tracing: [{randomSamplingPercentage: 10}]',
        app: 'tracing: [{randomSamplingPercentage: 0.5}]',
      },
      0.5,
    ],
    ['reporting switched off', '', { 'istio-system': 'tracing: [{disableSpanReporting: true}]' }, 0],
    ['that of another namespace', '', { other: 'tracing: [{randomSamplingPercentage: 1}]' }, 100],
    [
      'one of some workloads alone',
      '',
      { app: '{selector: {matchLabels: {a: b}}, tracing: [{randomSamplingPercentage: 1}]}' },
      100,
    ],
    ['another root namespace', 'rootNamespace: root', { root: 'tracing: [{randomSamplingPercentage: 2}]' }, 2],
    ['a MeshConfig that is no YAML', 'a: [', {}, 100],
    ['a MeshConfig that is no mapping', 'text', {}, 100],
  ])('%s', (_who, mesh, specs, percent) => {
    expect(read(mesh, specs).tracing.sampling('app')).toBe(percent)
  })
})

describe('what proxies write into headers', () => {
  const providers = 'extensionProviders: [{name: z, zipkin: {}}, {name: o, opentelemetry: {}}]\n'

  it.each<[string, string, Record<string, string>, string | undefined]>([
    ['nothing, without a provider', '', {}, undefined],
    ['nothing, when providers are known and none is named', providers, {}, undefined],
    ['B3 for Zipkin', `${providers}defaultProviders: {tracing: [z]}`, {}, 'b3'],
    ['W3C for OpenTelemetry', `${providers}defaultProviders: {tracing: [o]}`, {}, 'w3c'],
    [
      'that of the Telemetry’s provider',
      `${providers}defaultProviders: {tracing: [z]}`,
      { 'istio-system': 'tracing: [{providers: [{name: o}]}]' },
      'w3c',
    ],
    ['nothing for a provider that does not exist', `${providers}defaultProviders: {tracing: [x]}`, {}, undefined],
    ['B3 for the old setting', 'defaultConfig: {tracing: {zipkin: {address: "z:9411"}}}', {}, 'b3'],
  ])('%s', (_what, mesh, specs, format) => {
    expect(read(mesh, specs).tracing.format).toBe(format)
  })

  it('W3C when the runtime itself exports spans, unless a provider has another', () => {
    expect(read('', {}, true).tracing.format).toBe('w3c')
    expect(read(`${providers}defaultProviders: {tracing: [z]}`, {}, true).tracing.format).toBe('b3')
  })
})

describe('the access log', () => {
  it.each<[string, string, Record<string, string>, boolean]>([
    ['off, as Istio ships', '', {}, false],
    ['on by MeshConfig', 'accessLogFile: /dev/stdout', {}, true],
    ['on by Telemetry', '', { 'istio-system': 'accessLogging: [{providers: [{name: envoy}]}]' }, true],
    ['on by a default provider', 'defaultProviders: {accessLogging: [envoy]}', {}, true],
    ['off by Telemetry', 'accessLogFile: /dev/stdout', { 'istio-system': 'accessLogging: [{disabled: true}]' }, false],
    [
      'off for callers',
      'accessLogFile: /dev/stdout',
      { 'istio-system': 'accessLogging: [{match: {mode: SERVER}}]' },
      false,
    ],
  ])('%s', (_what, mesh, specs, enabled) => {
    expect(read(mesh, specs).accessLog.enabled).toBe(enabled)
  })

  it('is text, JSON, or as one writes it', () => {
    expect(read('accessLogFile: x').accessLog.format).toBe(istioTextFormat)
    expect(read('{accessLogFile: x, accessLogEncoding: JSON}').accessLog.format).toBe(istioJsonFormat)
    expect(read('{accessLogFile: x, accessLogFormat: "%DURATION%"}').accessLog.format).toBe('%DURATION%\n')
  })

  it('says what of it is not supported', () => {
    const filter = 'accessLogging: [{providers: [{name: otel}], filter: {expression: "request.path == \'/\'"}}]'
    const { accessLog, warnings } = read('', { 'istio-system': filter })
    expect(accessLog.filter).toBeUndefined()
    expect(warnings).toEqual([
      'access log provider otel is not supported, envoy writes in its place',
      expect.stringContaining('access log filter "request.path == \'/\'" is not supported'),
    ])
  })

  it('is filtered by status', () => {
    const { accessLog } = read('', {
      'istio-system': 'accessLogging: [{providers: [{name: envoy}], filter: {expression: "response.code >= 400"}}]',
    })
    expect([accessLog.filter?.(200), accessLog.filter?.(500)]).toEqual([false, true])
  })
})
