// Local programs as members of the mesh (`skiff run`): their environment, and services they stand in for.

import { type Revision, type Service, serving } from '../../api/serving/types.ts'
import type { Clock } from '../../kernel/clock.ts'
import { StatusError } from '../../kernel/errors.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import { StandIn } from '../../mesh/stand-in.ts'
import { containerEnv } from '../../runner/env/container-env.ts'
import type { ExtraEnv, Lookup } from '../../runner/types.ts'
import type { InstanceSpec } from '../../seams/instances.ts'
import type { Lease, PendingLease, RevisionTarget } from '../../seams/upstreams.ts'
import { servingContainer } from '../../serving/scaler/pod.ts'
import { instanceSpec, limitsOf, protocolOf } from '../../serving/scaler/revision-spec.ts'

export interface ProgramsOptions {
  store: ObjectStore
  clock: Clock
  lookup: Lookup
  /** What the runtime gives each instance: its way into the mesh, its store. */
  extraEnv(spec: InstanceSpec): ExtraEnv
}

export interface ServedProgram {
  /** What an instance of the service would start with. */
  env: Readonly<Record<string, string>>
  /** Gives the service back to its own instances. */
  end(): void
}

export class Programs {
  readonly #options: ProgramsOptions
  /** By `namespace/service`. */
  readonly #standIns = new Map<string, StandIn>()

  constructor(options: ProgramsOptions) {
    this.#options = options
  }

  /** A place at the program that stands in for the target's service; undefined for all others. */
  lease({ namespace, revision }: RevisionTarget): Lease | PendingLease | undefined {
    if (this.#standIns.size === 0) return undefined
    const found = this.#options.store.get<Revision>(serving.revision, namespace, revision)
    return this.#standIns.get(`${namespace}/${found?.metadata.labels?.['serving.knative.dev/service']}`)?.lease()
  }

  /** Puts the program on `port` in the service's place. Throws `StatusError` when there is no such service. */
  serve(namespace: string, name: string, port: number): ServedProgram {
    const { clock } = this.#options
    const service = `${namespace}/${name}`
    if (this.#standIns.has(service)) {
      throw new StatusError('Conflict', `another program stands in for service ${service} already`)
    }
    const revision = this.#latestRevision(namespace, name)
    const limits = limitsOf(revision)
    const standIn = new StandIn({ clock, service, port, protocol: protocolOf(revision), limits })
    const { env, release } = this.#environment(revision, port)
    this.#standIns.set(service, standIn)
    const end = () => {
      if (this.#standIns.get(service) === standIn) this.#standIns.delete(service)
      standIn.end()
      release?.()
    }
    return { env, end }
  }

  #latestRevision(namespace: string, name: string): Revision {
    const { store } = this.#options
    const service = store.get<Service>(serving.service, namespace, name)
    if (!service) {
      const sentence = `services.serving.knative.dev "${name}" not found in namespace "${namespace}"`
      throw new StatusError('NotFound', sentence)
    }
    const { latestReadyRevisionName, latestCreatedRevisionName } = service.status ?? {}
    const revisionName = latestReadyRevisionName ?? latestCreatedRevisionName ?? ''
    const revision = store.get<Revision>(serving.revision, namespace, revisionName)
    if (!revision) throw new StatusError('Conflict', `service ${namespace}/${name} has no revision yet`)
    return revision
  }

  #environment(revision: Revision, port: number): ExtraEnv {
    const { lookup, extraEnv } = this.#options
    const spec = instanceSpec(revision, `${revision.metadata.name}-program`, '')
    const container = servingContainer(revision)
    const extra = extraEnv(spec)
    if (!container) return extra
    return { ...extra, env: containerEnv({ spec, container, image: {}, extra: extra.env, port, lookup }) }
  }
}
