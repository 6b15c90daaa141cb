import { describe, expect, it } from 'vitest'
import { defaultMeshConfig, MeshConfigError, parseMeshConfig } from './mesh-config.ts'

describe('MeshConfig', () => {
  it.each(['', '{}', '# nothing\n', 'accessLogFile: /dev/stdout\nenableTracing: true\n', 'outboundTrafficPolicy:\n'])(
    'of %j has Istio’s defaults',
    text => {
      expect(parseMeshConfig(text)).toEqual({
        ...defaultMeshConfig,
        outboundPolicy: text.startsWith('outbound') ? 'REGISTRY_ONLY' : 'ALLOW_ANY',
      })
    },
  )

  it('is read whole', () => {
    const text = `
outboundTrafficPolicy: {mode: REGISTRY_ONLY}
pathNormalization: {normalization: MERGE_SLASHES}
defaultHttpRetryPolicy: {attempts: 5, retryOn: 5xx}
trustDomain: example.org
rootNamespace: mesh-root
connectTimeout: 3s
defaultConfig: {gatewayTopology: {numTrustedProxies: 2}, unknown: [1]}
extensionProviders: [{name: x}]`
    expect(parseMeshConfig(text)).toEqual({
      outboundPolicy: 'REGISTRY_ONLY',
      pathNormalization: 'MERGE_SLASHES',
      defaultRetries: { attempts: 5, retryOn: '5xx' },
      trustDomain: 'example.org',
      rootNamespace: 'mesh-root',
      connectTimeoutMs: 3_000,
      trustedProxies: 2,
    })
  })

  it.each([
    ['{}', 'REGISTRY_ONLY'],
    ['{mode: ALLOW_ANY}', 'ALLOW_ANY'],
  ])('with an outbound policy of %s is %s', (policy, expected) => {
    expect(parseMeshConfig(`outboundTrafficPolicy: ${policy}`).outboundPolicy).toBe(expected)
  })

  it.each([
    ['DEFAULT', 'BASE'],
    ['NONE', 'NONE'],
    ['DECODE_AND_MERGE_SLASHES', 'DECODE_AND_MERGE_SLASHES'],
  ])('normalises paths by %s as %s', (normalization, expected) => {
    expect(parseMeshConfig(`pathNormalization: {normalization: ${normalization}}`).pathNormalization).toBe(expected)
  })
})

describe('what is wrong is said with its line', () => {
  const errorOf = (text: string): MeshConfigError => {
    try {
      parseMeshConfig(text)
    } catch (error) {
      if (error instanceof MeshConfigError) return error
    }
    throw new Error('nothing was refused')
  }

  it.each([
    [
      'a: 1\noutboundTrafficPolicy:\n  mode: SOME\n',
      3,
      'outboundTrafficPolicy.mode must be one of REGISTRY_ONLY, ALLOW_ANY',
    ],
    ['pathNormalization:\n  normalization: X', 2, 'pathNormalization.normalization must be one of'],
    ['trustDomain: 5', 1, 'trustDomain must be a string'],
    ['\nconnectTimeout: soon', 2, 'connectTimeout must be a duration'],
    ['defaultHttpRetryPolicy: 3', 1, 'defaultHttpRetryPolicy must be a retry policy'],
    [
      'defaultConfig:\n  gatewayTopology:\n    numTrustedProxies: many',
      3,
      'defaultConfig.gatewayTopology.numTrustedProxies must be a number of proxies',
    ],
    ['- a\n- b', 1, 'is not a mapping'],
    ['a: 1\nb: [1', 2, ''],
    ['a: 1\n\tb: 2\n', 2, ''],
  ])('%j: line %d, %s', (text, line, message) => {
    const error = errorOf(text)
    expect(error.line).toBe(line)
    expect(error.message).toContain(`ConfigMap istio-system/istio, data.mesh, line ${line}: `)
    expect(error.message).toContain(message)
  })
})
