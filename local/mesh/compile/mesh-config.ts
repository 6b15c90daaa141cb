// MeshConfig: what ConfigMap `istio` says for the whole mesh, under key `mesh`.
import { LineCounter, parseDocument } from 'yaml'
import type { HttpRetry } from '../../api/istio/types.ts'
import type { MeshSettings, OutboundPolicy } from '../table/mesh-table.ts'
import { durationMs } from './virtual-service/duration.ts'

export interface MeshConfig extends MeshSettings {
  /** Undefined leaves Istio's own: two retries when an endpoint cannot be reached. */
  defaultRetries: HttpRetry | undefined
  /** Where objects hold for the whole mesh. */
  rootNamespace: string
  connectTimeoutMs: number | undefined
}

const pathNormalizations = ['NONE', 'BASE', 'MERGE_SLASHES', 'DECODE_AND_MERGE_SLASHES'] as const

/** Istio's defaults; a field left out of the text has the value it has here. */
export const defaultMeshConfig: MeshConfig = {
  outboundPolicy: 'ALLOW_ANY',
  pathNormalization: 'BASE',
  trustedProxies: 0,
  trustDomain: 'cluster.local',
  defaultRetries: undefined,
  rootNamespace: 'istio-system',
  connectTimeoutMs: undefined,
}

/** What is wrong with the text, and in which of its lines. */
export class MeshConfigError extends Error {
  override readonly name = 'MeshConfigError'
  /** From 1, within the text. */
  readonly line: number

  constructor(message: string, line: number) {
    super(`ConfigMap istio-system/istio, data.mesh, line ${line}: ${message}`)
    this.line = line
  }
}

/** Fields that this mesh does not know are left alone. Throws MeshConfigError. */
export function parseMeshConfig(text: string): MeshConfig {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const lineOf = (offset: number) => lines.linePos(offset).line
  const [broken] = document.errors
  if (broken) throw new MeshConfigError(broken.message.split(/ at line|\n/)[0] ?? '', lineOf(broken.pos[0]))
  const root: unknown = document.toJS() ?? {}
  if (!isRecord(root)) throw new MeshConfigError('is not a mapping of settings such as `accessLogFile: /dev/stdout`', 1)
  const refuse = (path: readonly string[], expected: string): never => {
    const node = document.getIn(path, true) as { range?: readonly number[] } | undefined
    throw new MeshConfigError(`${path.join('.')} must be ${expected}`, lineOf(node?.range?.[0] ?? 0))
  }
  return readSettings(root, refuse)
}

type Refuse = (path: readonly string[], expected: string) => never

function readSettings(root: Record<string, unknown>, refuse: Refuse): MeshConfig {
  const one = <T extends string>(path: readonly string[], allowed: readonly T[]): T | undefined => {
    const value = at(root, path)
    if (value === undefined) return undefined
    return allowed.find(name => name === value) ?? refuse(path, `one of ${allowed.join(', ')}`)
  }
  const text = (path: readonly string[]): string | undefined => {
    const value = at(root, path)
    return value === undefined || typeof value === 'string' ? value : refuse(path, 'a string')
  }
  const duration = (path: readonly string[]): number | undefined => {
    const value = at(root, path)
    if (value === undefined) return undefined
    return durationMs(String(value)) ?? refuse(path, 'a duration such as 10s')
  }
  const normalization = one<MeshConfig['pathNormalization'] | 'DEFAULT'>(
    ['pathNormalization', 'normalization'],
    ['DEFAULT', ...pathNormalizations],
  )
  return {
    outboundPolicy: outboundPolicyOf(root, one),
    pathNormalization: !normalization || normalization === 'DEFAULT' ? 'BASE' : normalization,
    trustedProxies: trustedProxiesOf(root, refuse),
    trustDomain: text(['trustDomain']) ?? defaultMeshConfig.trustDomain,
    defaultRetries: retriesOf(root, refuse),
    rootNamespace: text(['rootNamespace']) ?? defaultMeshConfig.rootNamespace,
    connectTimeoutMs: duration(['connectTimeout']),
  }
}

type One = <T extends string>(path: readonly string[], allowed: readonly T[]) => T | undefined

/** A policy that is there and names no mode is REGISTRY_ONLY, its first value. */
function outboundPolicyOf(root: Record<string, unknown>, one: One): OutboundPolicy {
  const mode = one<OutboundPolicy>(['outboundTrafficPolicy', 'mode'], ['REGISTRY_ONLY', 'ALLOW_ANY'])
  return mode ?? (root.outboundTrafficPolicy === undefined ? 'ALLOW_ANY' : 'REGISTRY_ONLY')
}

const trustedPath = ['defaultConfig', 'gatewayTopology', 'numTrustedProxies'] as const

function trustedProxiesOf(root: Record<string, unknown>, refuse: Refuse): number {
  const value = at(root, trustedPath) ?? 0
  return typeof value === 'number' && Number.isInteger(value) && value >= 0
    ? value
    : refuse(trustedPath, 'a number of proxies, 0 or more')
}

function retriesOf(root: Record<string, unknown>, refuse: Refuse): HttpRetry | undefined {
  const value = root.defaultHttpRetryPolicy
  if (value === undefined || value === null) return undefined
  return isRecord(value)
    ? value
    : refuse(['defaultHttpRetryPolicy'], 'a retry policy such as {attempts: 2, retryOn: 5xx}')
}

function at(root: Record<string, unknown>, path: readonly string[]): unknown {
  let value: unknown = root
  for (const name of path) value = isRecord(value) ? value[name] : undefined
  return value ?? undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
