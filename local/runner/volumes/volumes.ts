// Volumes of an instance as real folders of the state folder, made when it starts and removed when it is gone.
import { createHmac, randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import type { Container } from '../../api/core/pod-spec.ts'
import type { InstanceSpec } from '../../seams/instances.ts'
import { failed, type Lookup } from '../types.ts'
import { type Volume, type VolumeFile, volumeFiles } from './files.ts'
import type { Mount } from './mounts.ts'

export interface Volumes {
  /** Where a container finds its volumes. */
  mountsOf(container: Container): Mount[]
  /** An empty folder of its own for a container's mounts. */
  workFolder(container: string): string
  /** Takes the folders away. */
  remove(): void
}

/** Makes the volumes of an instance. Throws `CreateContainerConfigError` when something they need is missing. */
export function makeVolumes(stateDir: string, spec: InstanceSpec, lookup: Lookup, now: () => number): Volumes {
  const folder = join(stateDir, 'volumes', spec.namespace, spec.name)
  const token = (audience: string | undefined, seconds: number) => accountToken(spec, audience, seconds, now())
  // A container that is started again finds its emptyDir as it left it: the pod is the same.
  for (const volume of mountedVolumes(spec)) {
    writeVolume(join(folder, volume.name), volumeFiles(volume, { spec, lookup, token }))
  }
  return {
    mountsOf: container =>
      (container.volumeMounts ?? []).map(({ name, mountPath, subPath = '', readOnly = false }) => {
        const source = inside(join(folder, name), subPath)
        mkdirSync(dirname(source), { recursive: true })
        return { source, target: normalize(mountPath).replace(/(.)\/$/, '$1'), readOnly }
      }),
    workFolder(container) {
      const work = join(folder, `.${container}`)
      mkdirSync(work, { recursive: true })
      return work
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function mountedVolumes({ pod }: InstanceSpec): Volume[] {
  const mounted = new Set(pod.containers.flatMap(one => (one.volumeMounts ?? []).map(({ name }) => name)))
  return (pod.volumes ?? []).filter(({ name }) => mounted.has(name))
}

function writeVolume(folder: string, files: readonly VolumeFile[]): void {
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  // The program may run as somebody else: an emptyDir is everybody's, as Kubernetes has it.
  if (files.length === 0) chmodSync(folder, 0o777)
  for (const { path, content, mode } of files) {
    const file = inside(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    rmSync(file, { force: true })
    writeFileSync(file, content)
    chmodSync(file, mode)
  }
}

/** A path below a folder; one that leads out of it is refused. */
function inside(folder: string, path: string): string {
  const joined = join(folder, path)
  if (joined === folder || joined.startsWith(`${folder}/`)) return joined.replace(/\/$/, '')
  throw failed('CreateContainerConfigError', `path "${path}" leads out of its volume`)
}

/** Nobody here checks tokens: the key lasts as long as the runtime. */
const tokenKey = randomBytes(32)

/** A token in the shape of Kubernetes' bound service account tokens (RFC 7519, signed with HS256). */
function accountToken(spec: InstanceSpec, audience: string | undefined, seconds: number, now: number): string {
  const { namespace, name } = spec
  const serviceAccount = spec.pod.serviceAccountName ?? 'default'
  const issuedAt = Math.floor(now / 1_000)
  const issuer = 'https://kubernetes.default.svc.cluster.local'
  const claims = {
    aud: [audience ?? issuer],
    ...{ exp: issuedAt + seconds, iat: issuedAt, nbf: issuedAt, iss: issuer },
    'kubernetes.io': { namespace, pod: { name }, serviceaccount: { name: serviceAccount } },
    sub: `system:serviceaccount:${namespace}:${serviceAccount}`,
  }
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${signed}.${createHmac('sha256', tokenKey).update(signed).digest('base64url')}`
}
