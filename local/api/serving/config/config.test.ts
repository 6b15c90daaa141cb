// ConfigMaps of Knative: each key read, each wrong value named.
import { describe, expect, it } from 'vitest'
import { defaultsKeys, readDefaults } from './defaults.ts'
import { featureKeys, readFeatures } from './features.ts'
import { hostLabel, networkKeys, readNetwork } from './network.ts'
import { parseTemplate } from './template.ts'

describe('the shipped values', () => {
  it('config-defaults', () => {
    expect(readDefaults({ _example: 'anything' })).toMatchObject({
      timeoutSeconds: 300,
      maxTimeoutSeconds: 600,
      responseStartTimeoutSeconds: 300,
      containerConcurrencyMaxLimit: 1000,
      enableServiceLinks: false,
    })
  })

  it('config-features: sidecars and emptyDir are on, all else is off', () => {
    const on = Object.entries(readFeatures({})).filter(([, flag]) => flag === 'Enabled')
    expect(on.map(([name]) => name).sort()).toEqual(['emptyDirVolumes', 'multiContainer'])
  })

  it('config-network names tags before the name', () => {
    expect(hostLabel(readNetwork({}), 'middleware', 'dev')).toBe('dev-middleware')
    expect(hostLabel(readNetwork({}), 'middleware', '')).toBe('middleware')
  })

  it('no key is declared twice, and each says what it is for', () => {
    for (const keys of [defaultsKeys, featureKeys, networkKeys]) {
      const all = Object.values(keys)
      expect(new Set(all.map(one => one.key)).size).toBe(all.length)
      expect(all.every(one => one.doc.length > 10)).toBe(true)
    }
  })
})

describe('values', () => {
  it('features are read in any case, and in three states', () => {
    const features = readFeatures({ 'tag-header-based-routing': 'enabled', 'kubernetes.podspec-fieldref': 'ALLOWED' })
    expect(features).toMatchObject({ tagHeaderBasedRouting: 'Enabled', fieldRef: 'Allowed' })
  })

  it('former spellings are still read, new ones win', () => {
    expect(readNetwork({ rolloutDuration: '5' }).rolloutDurationSeconds).toBe(5)
    expect(readNetwork({ rolloutDuration: '5', 'rollout-duration': '7' }).rolloutDurationSeconds).toBe(7)
  })

  const wrong: [sentence: string, read: () => unknown, message: string][] = [
    [
      'a number in words',
      () => readDefaults({ 'container-concurrency': 'many' }),
      'container-concurrency: "many" is no whole number of at least 0',
    ],
    [
      'a flag that is none',
      () => readFeatures({ 'multi-container': 'yes' }),
      'multi-container: "yes" is none of Enabled, Allowed, Disabled',
    ],
    [
      'a boolean that is none',
      () => readNetwork({ 'autocreate-cluster-domain-claims': 'on' }),
      'autocreate-cluster-domain-claims: "on" is neither true nor false',
    ],
    [
      'a quantity that is none',
      () => readDefaults({ 'revision-cpu-limit': 'much' }),
      'revision-cpu-limit: "much" is no quantity such as 400m or 1Gi',
    ],
    [
      'a default above its bound',
      () => readDefaults({ 'revision-timeout-seconds': '601' }),
      'revision-timeout-seconds: 601 cannot be greater than max-revision-timeout-seconds (600)',
    ],
    [
      'a template beyond what is read',
      () => readNetwork({ 'tag-template': '{{if .Tag}}x{{end}}' }),
      'tag-template: {{if .Tag}} is not supported; write {{.Field}} with one of Name, Tag',
    ],
    [
      'a field the template has not',
      () => readNetwork({ 'tag-template': '{{.Domain}}' }),
      '{{.Domain}} is not supported',
    ],
  ]
  it.for(wrong)('%s is named with its key and what would be right', ([, read, message]) => {
    expect(read).toThrow(message)
  })
})

describe('templates', () => {
  it('fill in fields, look into maps, and leave the rest', () => {
    const template = parseTemplate('{{.Name}}.{{ index .Labels "tier" }}.{{- .Name -}}.x', ['Name', 'Labels'])
    expect(template.render({ Name: 'a', Labels: { tier: 'web' } })).toBe('a.web.a.x')
    expect(template.render({ Name: 'a', Labels: {} })).toBe('a..a.x')
  })
})
