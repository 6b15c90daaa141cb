// Admission of Knative's ConfigMaps: each is read by its reader, what cannot be read is refused key by key.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StatusError } from '../../../kernel/errors.ts'
import type { KubeObject } from '../../../kernel/object.ts'
import { admit } from '../../admission.ts'
import { createRegistry } from '../../registry.ts'
import { autoscalerKnobs } from './autoscaler-knobs.ts'
import { defaultsKeys } from './defaults.ts'
import { deploymentKeys } from './deployment.ts'
import { featureKeys } from './features.ts'
import { gcKeys } from './gc.ts'
import { configGuard } from './guard.ts'
import { networkKeys } from './network.ts'

const registry = createRegistry()
const context = { user: 'admin', now: 0, config: () => ({}) }

function map(name: string, data: Record<string, string>, namespace = 'knative-serving'): KubeObject {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data }
  return object
}

/** `taken`, or the refusal as a client sees it. */
function verdict(object: KubeObject): string {
  const kind = registry.of(object)
  if (!kind) throw new Error('no kind ConfigMap')
  try {
    admit(kind, object, context)
    return 'taken'
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    return error.message
  }
}

const frame = 'admission webhook "config.webhook.serving.knative.dev" denied the request: validation failed: '

describe('a value that can be taken', () => {
  const rows: [name: string, data: Record<string, string>][] = [
    ['config-autoscaler', { 'stable-window': '30s', 'max-scale': '10', 'min-scale': '1' }],
    ['config-autoscaler', { 'allow-zero-initial-scale': 'true', 'initial-scale': '0' }],
    ['config-autoscaler', { 'container-concurrency-target-percentage': '0.7' }],
    ['config-autoscaler', { 'target-burst-capacity': '-1' }],
    ['config-autoscaler', { 'max-scale-limit': '5', 'max-scale': '3' }],
    ['config-defaults', { 'revision-timeout-seconds': '600', 'max-revision-timeout-seconds': '600' }],
    ['config-defaults', { 'revision-cpu-request': '400m', 'revision-memory-limit': '1Gi' }],
    ['config-defaults', { 'enable-service-links': 'default' }],
    ['config-defaults', { 'container-name-template': 'of-{{.Name}}' }],
    ['config-deployment', { 'progress-deadline': '120s' }],
    ['config-deployment', { progressDeadline: '120s' }],
    ['config-domain', { 'example.com': '', 'inner.example.com': 'selector:\n  app: x\n' }],
    ['config-features', { 'multi-container': 'DISABLED', 'tag-header-based-routing': 'Allowed' }],
    ['config-gc', { 'retain-since-create-time': 'disabled', 'max-non-active-revisions': 'Disabled' }],
    ['config-network', { 'tag-template': '{{.Name}}-{{.Tag}}', 'rollout-duration': '120' }],
    ['config-anything', { 'max-scale': 'far' }],
  ]
  it.for(rows)('%s %o', ([name, data]) => {
    expect(verdict(map(name, { _example: 'anything: [', ...data }))).toBe('taken')
  })

  it('no data at all is what is shipped', () => {
    for (const name of ['config-autoscaler', 'config-domain', 'config-gc']) {
      const { data: _none, ...object } = map(name, {}) as KubeObject & { data?: object }
      expect(verdict(object)).toBe('taken')
    }
  })
})

describe('a value that cannot', () => {
  const rows: [name: string, data: Record<string, string>, message: string][] = [
    [
      'config-autoscaler',
      { 'stable-window': '2m30' },
      'must be a duration such as 30s, was "2m30": data.stable-window',
    ],
    ['config-autoscaler', { 'stable-window': '2h' }, 'must be in [6s, 3600s], was "2h": data.stable-window'],
    ['config-autoscaler', { 'initial-scale': '1.5' }, 'must be a number, was "1.5": data.initial-scale'],
    ['config-autoscaler', { 'min-scale': '-1' }, 'must be at least 0, was "-1": data.min-scale'],
    ['config-autoscaler', { 'tick-interval': '10ms' }, 'must be at least 100ms, was "10ms": data.tick-interval'],
    [
      'config-autoscaler',
      { 'scale-to-zero-grace-period': '0s' },
      'must be positive, was "0s": data.scale-to-zero-grace-period',
    ],
    [
      'config-autoscaler',
      { 'container-concurrency-target-percentage': '101' },
      'must be in (0, 100], was "101": data.container-concurrency-target-percentage',
    ],
    [
      'config-autoscaler',
      { 'panic-window-percentage': '0' },
      'must be in [1, 100], was "0": data.panic-window-percentage',
    ],
    [
      'config-autoscaler',
      { 'container-concurrency-target-default': '0.01' },
      'times the target percentage it must be at least 0.01, was 0.006999999999999999: data.container-concurrency-target-default',
    ],
    [
      'config-defaults',
      { 'container-concurrency': '1001' },
      '1001 cannot be greater than container-concurrency-max-limit (1000): data.container-concurrency',
    ],
    [
      'config-defaults',
      { 'revision-idle-timeout-seconds': '400' },
      '400 cannot be greater than revision-timeout-seconds (300): data.revision-idle-timeout-seconds',
    ],
    [
      'config-defaults',
      { 'enable-service-links': 'perhaps' },
      '"perhaps" is neither true nor false: data.enable-service-links',
    ],
    [
      'config-deployment',
      { 'digest-resolution-timeout': 'long' },
      '"long" is no duration above zero such as 600s: data.digest-resolution-timeout',
    ],
    [
      'config-deployment',
      { progressDeadline: '-1s' },
      '"-1s" is no duration above zero such as 600s: data.progressDeadline',
    ],
    [
      'config-domain',
      { 'a.com': 'selector:\n  app: 1\n' },
      'expected nothing, or a mapping with a selector of labels, got "selector:\n  app: 1": data.a.com',
    ],
    [
      'config-gc',
      { 'retain-since-create-time': '-1h' },
      '"-1h" is neither a duration such as 48h nor disabled: data.retain-since-create-time',
    ],
    [
      'config-gc',
      { 'min-non-active-revisions': '9', 'max-non-active-revisions': '3' },
      '9 must not be above max-non-active-revisions (3): data.min-non-active-revisions',
    ],
    ['config-network', { 'http-protocol': 'none' }, '"none" is none of Enabled, Redirected: data.http-protocol'],
  ]
  it.for(rows)('%s %o', ([name, data, message]) => {
    expect(verdict(map(name, data))).toBe(frame + message)
  })

  it('several are all named, each with its key', () => {
    const data = { 'multi-container': 'x', 'tag-header-based-routing': 'y' }
    expect(verdict(map('config-features', data))).toBe(
      `${frame}"x" is none of Enabled, Allowed, Disabled: data.multi-container\n` +
        '"y" is none of Enabled, Allowed, Disabled: data.tag-header-based-routing',
    )
  })

  it('elsewhere it is nobody’s business', () => {
    expect(verdict(map('config-gc', { 'min-non-active-revisions': 'x' }, 'default'))).toBe('taken')
  })

  it('what Kubernetes itself refuses is refused in its words', () => {
    expect(verdict(map('config-gc', { 'a b': 'x' }))).toMatch(/^ConfigMap "config-gc" is invalid: /)
  })
})

describe('any data', () => {
  const keys = [autoscalerKnobs, defaultsKeys, deploymentKeys, featureKeys, gcKeys, networkKeys].flatMap(table =>
    Object.values(table).map(one => one.key),
  )
  const names = ['autoscaler', 'defaults', 'deployment', 'domain', 'features', 'gc', 'network'].map(
    name => `config-${name}`,
  )

  it('is judged without a crash, and each flaw names a key that is there', () => {
    const value = fc.oneof(
      fc.string(),
      fc.constantFrom('0', '-1', '1', '1e99', 'true', '5s', 'disabled', '{{.Name}}', '[', 'NaN'),
    )
    const data = fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 6 })
    fc.assert(
      fc.property(fc.constantFrom(...names), data, (name, given) => {
        for (const { path } of configGuard.validate(map(name, given), context)) {
          expect(
            path === 'data' ||
              Object.keys(given).some(key => path === `data.${key}`) ||
              keys.some(key => path === `data.${key}`),
          ).toBe(true)
        }
      }),
    )
  })
})
