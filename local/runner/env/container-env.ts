// The environment a container starts with: what Kubernetes, Knative and the runtime give it, in their order.
import type { Container } from '../../api/core/pod-spec.ts'
import type { InstanceSpec } from '../../seams/instances.ts'
import type { Lookup } from '../types.ts'
import { expand } from './expand.ts'
import { valueFrom, variablesFrom } from './value-from.ts'

export interface EnvRequest {
  spec: InstanceSpec
  container: Container
  /** What the image itself sets. */
  image: Readonly<Record<string, string>>
  /** What the runtime adds last: proxy, store. A container's own variables win over it. */
  extra: Readonly<Record<string, string>>
  /** The value of PORT; undefined for containers that serve nothing. */
  port: number | undefined
  lookup: Lookup
}

/**
 * Later entries win: image, envFrom, env with `$(VAR)` of what stands before it, then Knative's own.
 * Throws `CreateContainerConfigError` when something named is missing.
 */
export function containerEnv(request: EnvRequest): Record<string, string> {
  const { spec, container, lookup } = request
  const env: Record<string, string> = { ...baseEnv(spec), ...request.image, ...request.extra }
  for (const source of container.envFrom ?? []) Object.assign(env, variablesFrom(source, spec, lookup))
  for (const { name, value, valueFrom: source } of container.env ?? []) {
    const given = source ? valueFrom(source, container, spec, lookup) : expand(value ?? '', env)
    if (given !== undefined) env[name] = given
  }
  return Object.assign(env, knativeEnv(spec, request.port))
}

/** What an image would bring along, taken from the machine: without PATH and HOME no tool runs. */
function baseEnv(spec: InstanceSpec): Record<string, string> {
  const { PATH = '/usr/local/bin:/usr/bin:/bin', HOME = '/' } = process.env
  return { PATH, HOME, HOSTNAME: spec.name }
}

function knativeEnv(spec: InstanceSpec, port: number | undefined): Record<string, string> {
  return {
    ...(port === undefined ? {} : { PORT: String(port) }),
    K_REVISION: spec.revision,
    K_CONFIGURATION: spec.configuration,
    K_SERVICE: spec.service,
  }
}

const readAtStart =
  /^(NODE_(?!ENV$|USE_ENV_PROXY$|TLS_REJECT_UNAUTHORIZED$)|UV_|LD_|DYLD_|MALLOC_|SSL_CERT_|OPENSSL_|GLIBC_|ASAN_)/

/** True when a variable is read while a process starts, so that one that is booted already cannot take it. */
export function needsFreshProcess(env: Readonly<Record<string, string>>): boolean {
  return Object.keys(env).some(name => readAtStart.test(name))
}
