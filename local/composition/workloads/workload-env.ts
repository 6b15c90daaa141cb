// What an instance is given besides its own environment: its way into the mesh, its store, and the data it refers to.
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { KubeObject } from '../../kernel/object.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import type { Mesh } from '../../mesh/mesh.ts'
import type { ExtraEnv, Lookup } from '../../runner/types.ts'
import type { InstanceSpec } from '../../seams/instances.ts'
import type { StateFolder } from '../state-folder.ts'

const noProxy = '127.0.0.1,::1,localhost'

/** The variables by which programs find the outbound capture, in both spellings. `url` holds the credential. */
export function proxyEnv(url: string): Record<string, string> {
  const env: Record<string, string> = { NODE_USE_ENV_PROXY: '1' }
  for (const name of ['http_proxy', 'https_proxy', 'grpc_proxy']) {
    env[name] = url
    env[name.toUpperCase()] = url
  }
  return { ...env, no_proxy: noProxy, NO_PROXY: noProxy }
}

/** Gives each instance a credential of its own, and each service one SQLite file. */
export function meshEnv(
  mesh: Pick<Mesh, 'credential'>,
  state: Pick<StateFolder, 'file'>,
): (spec: InstanceSpec) => ExtraEnv {
  return spec => {
    const { namespace, name, labels } = spec
    const serviceAccount = spec.pod.serviceAccountName || 'default'
    const { url, revoke } = mesh.credential({ namespace, serviceAccount, labels, name })
    const storePath = state.file(join('data', namespace, `${spec.service || spec.configuration}.db`))
    mkdirSync(dirname(storePath), { recursive: true, mode: 0o700 })
    return { env: { ...proxyEnv(url), STORE_PATH: storePath }, release: revoke }
  }
}

/** ConfigMaps as they are, Secrets decoded. */
export function lookupData(store: ObjectStore): Lookup {
  return (kind, namespace, name) => {
    const found = store.get<KubeObject & { data?: Record<string, string> }>({ group: '', kind }, namespace, name)
    if (!found) return undefined
    if (kind === 'ConfigMap') return found.data ?? {}
    const entries = Object.entries(found.data ?? {})
    return Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]))
  }
}

/** Data of a ConfigMap of `knative-serving`; empty when there is none. */
export function configData(store: ObjectStore, name: string): Record<string, string> {
  const kind = { group: '', kind: 'ConfigMap' }
  return store.get<KubeObject & { data?: Record<string, string> }>(kind, 'knative-serving', name)?.data ?? {}
}
