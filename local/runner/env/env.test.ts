import { describe, expect, it } from 'vitest'
import type { Container, PodSpec } from '../../api/core/pod-spec.ts'
import { InstanceFailed, type InstanceSpec } from '../../seams/instances.ts'
import type { Lookup } from '../types.ts'
import { containerEnv, needsFreshProcess } from './container-env.ts'
import { expand } from './expand.ts'

const objects: Record<string, Record<string, string>> = {
  'ConfigMap/shop/settings': { colour: 'blue', size: 'L' },
  'Secret/shop/keys': { token: 's3cret' },
}
const lookup: Lookup = (kind, namespace, name) => objects[`${kind}/${namespace}/${name}`]

function specOf(container: Partial<Container>, pod: Partial<PodSpec> = {}): InstanceSpec {
  return {
    name: 'cart-00001-deployment-abc',
    namespace: 'shop',
    revision: 'cart-00001',
    configuration: 'cart',
    service: 'cart',
    labels: { app: 'cart', tier: 'web' },
    annotations: { note: 'said "so"' },
    pod: { containers: [{ image: 'x', name: 'user-container', ...container }], ...pod },
    digests: [],
    graceMs: 1_000,
  }
}

function envOf(container: Partial<Container>, extra = {}, image = {}): Record<string, string> {
  const spec = specOf(container)
  return containerEnv({ spec, container: spec.pod.containers[0] as Container, image, extra, port: 8080, lookup })
}

function failureOf(container: Partial<Container>): unknown {
  try {
    envOf(container)
    return undefined
  } catch (error) {
    return error instanceof InstanceFailed ? error.failure : error
  }
}

describe('$(VAR) as Kubernetes expands it', () => {
  it.each([
    ['$(A)-$(B)', '1-2'],
    ['$(UNKNOWN)', '$(UNKNOWN)'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$1'],
    ['$A $', '$A $'],
    ['$(A', '$(A'],
    ['$(toString)', '$(toString)'],
  ])('%s becomes %s', (text, expanded) => {
    expect(expand(text, { A: '1', B: '2' })).toBe(expanded)
  })
})

describe('the environment of a container', () => {
  it('has what Knative sets, the pod name as host name, and nothing of the runtime besides PATH and HOME', () => {
    expect(Object.keys(envOf({})).sort()).toEqual(
      ['HOME', 'HOSTNAME', 'K_CONFIGURATION', 'K_REVISION', 'K_SERVICE', 'PATH', 'PORT'].sort(),
    )
    expect(envOf({})).toMatchObject({
      PORT: '8080',
      K_SERVICE: 'cart',
      K_REVISION: 'cart-00001',
      K_CONFIGURATION: 'cart',
      HOSTNAME: 'cart-00001-deployment-abc',
    })
  })

  it('lets later entries win: image, runtime, envFrom, env', () => {
    const env = envOf(
      {
        envFrom: [{ configMapRef: { name: 'settings' } }],
        env: [{ name: 'size', value: 'XL' }],
      },
      { colour: 'runtime', STORE_PATH: '/data' },
      { colour: 'image', FROM_IMAGE: 'yes' },
    )
    expect(env).toMatchObject({ colour: 'blue', size: 'XL', STORE_PATH: '/data', FROM_IMAGE: 'yes' })
  })

  it('prefixes envFrom and reads Secrets', () => {
    expect(envOf({ envFrom: [{ prefix: 'MY_', secretRef: { name: 'keys' } }] })).toMatchObject({ MY_token: 's3cret' })
  })

  it('expands what stands before, not what comes later', () => {
    const env = envOf({
      env: [
        { name: 'EARLY', value: '$(LATE)' },
        { name: 'LATE', value: 'x' },
        { name: 'AFTER', value: '$(LATE)$(HOSTNAME)' },
      ],
    })
    expect(env).toMatchObject({ EARLY: '$(LATE)', AFTER: 'xcart-00001-deployment-abc' })
  })

  it.each([
    ['metadata.name', 'cart-00001-deployment-abc'],
    ['metadata.namespace', 'shop'],
    ["metadata.labels['app']", 'cart'],
    ["metadata.labels['absent']", ''],
    ["metadata.annotations['note']", 'said "so"'],
    ['metadata.labels', 'app="cart"\ntier="web"'],
    ['spec.serviceAccountName', 'default'],
    ['status.podIP', '127.0.0.1'],
  ])('gives the field %s', (fieldPath, value) => {
    expect(envOf({ env: [{ name: 'F', valueFrom: { fieldRef: { fieldPath } } }] }).F).toBe(value)
  })

  it.each([
    ['limits.memory', '1Mi', '128'],
    ['limits.cpu', '1', '1'],
    ['limits.cpu', '1m', '500'],
    ['requests.memory', undefined, '0'],
  ])('gives the resource %s in units of %s, rounded up', (resource, divisor, value) => {
    const resources = { limits: { memory: '128Mi', cpu: '500m' } }
    const ref = { resource, ...(divisor ? { divisor } : {}) }
    expect(envOf({ resources, env: [{ name: 'R', valueFrom: { resourceFieldRef: ref } }] }).R).toBe(value)
  })

  it.each([
    [{ configMapKeyRef: { name: 'nope', key: 'k' } }, 'configmap "nope" not found'],
    [{ secretKeyRef: { name: 'nope', key: 'k' } }, 'secret "nope" not found'],
    [{ configMapKeyRef: { name: 'settings', key: 'k' } }, "couldn't find key k in ConfigMap shop/settings"],
    [{ secretKeyRef: { name: 'keys', key: 'k' } }, "couldn't find key k in Secret shop/keys"],
  ])('refuses %j in the words of Kubernetes', (valueFrom, message) => {
    expect(failureOf({ env: [{ name: 'V', valueFrom }] })).toEqual({ reason: 'CreateContainerConfigError', message })
  })

  it('leaves out what is optional and absent', () => {
    const env = envOf({
      envFrom: [{ configMapRef: { name: 'nope', optional: true } }],
      env: [
        { name: 'A', valueFrom: { secretKeyRef: { name: 'nope', key: 'k', optional: true } } },
        { name: 'B', valueFrom: { configMapKeyRef: { name: 'settings', key: 'k', optional: true } } },
      ],
    })
    expect(env).not.toHaveProperty('A')
    expect(env).not.toHaveProperty('B')
    expect(failureOf({ envFrom: [{ configMapRef: { name: 'nope' } }] })).toMatchObject({
      message: 'configmap "nope" not found',
    })
  })
})

describe('a process of its own', () => {
  it.each([
    ['NODE_OPTIONS', true],
    ['NODE_EXTRA_CA_CERTS', true],
    ['UV_THREADPOOL_SIZE', true],
    ['LD_PRELOAD', true],
    ['NODE_ENV', false],
    ['NODE_USE_ENV_PROXY', false],
    ['TZ', false],
    ['MY_NODE_OPTIONS', false],
  ])('for %s: %s', (name, needed) => {
    expect(needsFreshProcess({ PATH: '/bin', [name]: 'x' })).toBe(needed)
  })
})
