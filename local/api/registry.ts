// Every kind the API serves. Adding a kind is one line in its group's kinds.ts and one folder beside it.
import { groupOf, type KubeObject, versionOf } from '../kernel/object.ts'
import { autoscalingKinds } from './autoscaling/kinds.ts'
import { coreKinds } from './core/kinds.ts'
import { eventingKinds } from './eventing/kinds.ts'
import { flowsKinds } from './flows/kinds.ts'
import { istioKinds } from './istio/kinds.ts'
import type { Kind } from './kind.ts'
import { messagingKinds } from './messaging/kinds.ts'
import { networkingKinds } from './networking/kinds.ts'
import { policyKinds } from './policy/kinds.ts'
import { configGuard } from './serving/config/guard.ts'
import { servingKinds } from './serving/kinds.ts'
import { sourcesKinds } from './sources/kinds.ts'

/** Finds kinds by what people and clients call them. */
export class Registry {
  readonly kinds: readonly Kind[]

  constructor(kinds: readonly Kind[]) {
    this.kinds = kinds
  }

  /** The kind an object says it is of, when it and its version are known. */
  of(object: Pick<KubeObject, 'apiVersion' | 'kind'>): Kind | undefined {
    if (typeof object.apiVersion !== 'string') return undefined
    const group = groupOf(object.apiVersion)
    const version = versionOf(object.apiVersion)
    return this.kinds.find(one => one.group === group && one.kind === object.kind && one.versions.includes(version))
  }

  /** The kind of a REST path's group and plural. */
  byPlural(group: string, plural: string): Kind | undefined {
    return this.kinds.find(one => one.group === group && one.plural === plural)
  }

  /** By any name a person types: `ksvc`, `service`, `services.serving.knative.dev`, `Revision`. Knative first. */
  byName(name: string): Kind | undefined {
    const wanted = name.toLowerCase()
    const names = (one: Kind) => [one.plural, one.singular, one.kind.toLowerCase(), ...(one.shortNames ?? [])]
    const plain = this.kinds.filter(one => names(one).includes(wanted))
    return plain[0] ?? this.kinds.find(one => names(one).some(each => `${each}.${one.group}` === wanted))
  }
}

/** All kinds. Knative's come first: of kinds with the same name people mean those. */
export function createRegistry(): Registry {
  return new Registry([
    ...servingKinds,
    ...eventingKinds,
    ...messagingKinds,
    ...flowsKinds,
    ...sourcesKinds,
    ...coreKinds.map(kind => (kind.kind === 'ConfigMap' ? { ...kind, guard: configGuard } : kind)),
    ...istioKinds,
    ...networkingKinds,
    ...autoscalingKinds,
    ...policyKinds,
  ])
}
