// What a Configuration makes: revisions, one a generation of its template.
import { annotations, labels } from '../../api/serving/labels.ts'
import type { Configuration, Revision } from '../../api/serving/types.ts'
import { type ObjectMeta, ownedBy, timestamp } from '../../kernel/object.ts'
import { childName } from '../names.ts'

/** The revision of the Configuration's generation, made at `now` (milliseconds). */
export function makeRevision(configuration: Configuration, now: number): Revision {
  const { template } = configuration.spec
  const { namespace } = configuration.metadata
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Revision',
    metadata: {
      name: template.metadata?.name || generatedName(configuration.metadata),
      ...(namespace ? { namespace } : {}),
      labels: revisionLabels(configuration),
      annotations: revisionAnnotations(configuration, now),
      ownerReferences: [ownedBy(configuration)],
    },
    spec: structuredClone(template.spec),
  }
}

function generatedName({ name, generation = 1 }: ObjectMeta): string {
  return childName(name, `-${String(generation).padStart(5, '0')}`)
}

function revisionLabels({ metadata, spec }: Configuration): Record<string, string> {
  const own = {
    [labels.configuration]: metadata.name,
    [labels.configurationGeneration]: String(metadata.generation),
    [labels.configurationUid]: metadata.uid,
    [labels.service]: metadata.labels?.[labels.service],
    [labels.serviceUid]: metadata.labels?.[labels.serviceUid],
    [labels.routingState]: metadata.annotations?.[annotations.routes] ? 'active' : 'pending',
  }
  const stated = Object.entries(own).filter((entry): entry is [string, string] => Boolean(entry[1]))
  return { ...spec.template.metadata?.labels, ...Object.fromEntries(stated) }
}

function revisionAnnotations({ metadata, spec }: Configuration, now: number): Record<string, string> {
  const creator = metadata.annotations?.[annotations.lastModifier]
  const routes = metadata.annotations?.[annotations.routes]
  return {
    ...spec.template.metadata?.annotations,
    [annotations.routingStateModified]: timestamp(now),
    ...(creator ? { [annotations.creator]: creator } : {}),
    ...(routes ? { [annotations.routes]: routes } : {}),
  }
}
