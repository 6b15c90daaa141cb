// The CustomResourceDefinitions of the kinds served that are not built into Kubernetes, made from the kinds themselves.
import { crdKind } from '../../api/apiextensions/crd/kind.ts'
import type { Column, Kind } from '../../api/kind.ts'
import type { Registry } from '../../api/registry.ts'
import { type KubeObject, timestamp } from '../../kernel/object.ts'
import { stableUid } from '../../kernel/stable-uid.ts'
import { openApiSchema } from '../discovery/openapi-schema.ts'
import type { Computed } from './computed.ts'

/** They are as old as the server (`since` in milliseconds since the epoch), and made when somebody asks. */
export function definitions({ kinds }: Registry, since: number): Computed {
  let made: KubeObject[] | undefined
  const make = () =>
    kinds
      .filter(isCustom)
      .map(kind => definitionOf(kind, timestamp(since)))
      .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
  return {
    kind: crdKind,
    objects() {
      made ??= make()
      return made
    },
  }
}

/** Kinds that take strategic patches are those built in. */
function isCustom(kind: Kind): boolean {
  return kind.strategic === undefined
}

function definitionOf(kind: Kind, created: string): KubeObject {
  const names = {
    ...{ kind: kind.kind, listKind: `${kind.kind}List`, plural: kind.plural, singular: kind.singular },
    ...(kind.shortNames ? { shortNames: kind.shortNames } : {}),
    ...(kind.categories ? { categories: kind.categories } : {}),
  }
  const name = `${kind.plural}.${kind.group}`
  const metadata = { name, uid: stableUid(name), resourceVersion: '1', generation: 1, creationTimestamp: created }
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: crdKind.kind,
    metadata: { ...metadata, labels: labelsOf(kind) },
    spec: {
      conversion: { strategy: 'None' },
      group: kind.group,
      names,
      scope: kind.namespaced ? 'Namespaced' : 'Cluster',
      versions: kind.versions.map((version, index) => versionOf(kind, version, index === 0)),
    },
    status: {
      acceptedNames: names,
      conditions: [
        condition('NamesAccepted', 'NoConflicts', 'no conflicts found', created),
        condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted', created),
      ],
      storedVersions: kind.versions.slice(0, 1),
    },
  }
  return definition
}

function versionOf(kind: Kind, name: string, storage: boolean): unknown {
  return {
    ...{ name, served: true, storage },
    schema: { openAPIV3Schema: openApiSchema(kind.schema) },
    ...(kind.status ? { subresources: { status: {} } } : {}),
    additionalPrinterColumns: kind.columns.map(columnOf),
  }
}

function columnOf({ name, type, path, priority, description }: Column): unknown {
  return {
    ...{ name, type, jsonPath: path },
    ...(priority ? { priority } : {}),
    ...(description ? { description } : {}),
  }
}

function condition(type: string, reason: string, message: string, lastTransitionTime: string): unknown {
  return { type, status: 'True', reason, message, lastTransitionTime }
}

/** The duck types by which Knative's clients find sources, channels and what events can be sent to. */
function labelsOf({ group, kind }: Kind): Record<string, string> {
  if (group === 'sources.knative.dev') return { 'duck.knative.dev/source': 'true' }
  const addressable = { 'duck.knative.dev/addressable': 'true' }
  if (group === 'messaging.knative.dev' && kind.endsWith('Channel')) {
    return { ...addressable, 'messaging.knative.dev/subscribable': 'true' }
  }
  const takesEvents = ['serving.knative.dev/Service', 'serving.knative.dev/Route', 'eventing.knative.dev/Broker']
  const flows = group === 'flows.knative.dev'
  return flows || takesEvents.includes(`${group}/${kind}`) ? addressable : {}
}
