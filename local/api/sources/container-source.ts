// The kind ContainerSource (sources.knative.dev/v1): a container that runs all the time and sends to K_SINK.
import type { FieldError } from '../../kernel/errors.ts'
import { podSpecFields } from '../core/pod-spec-schema.ts'
import { setDestinationDefaults, setUserInfo } from '../eventing/admission.ts'
import { ageAndReady, sinkColumn } from '../eventing/columns.ts'
import { inPrintOrder, missing } from '../flaws.ts'
import type { Kind } from '../kind.ts'
import { anything, map, object, objectSchema, string } from '../schema.ts'
import { sourceSpec, sourceStatus } from './schema.ts'
import { sourceFlaws } from './source-flaws.ts'
import type { ContainerSource } from './types.ts'

const template = object({
  metadata: object({ name: string, labels: map(string), annotations: map(string), creationTimestamp: anything }),
  spec: object(podSpecFields),
})

export const containerSourceKind: Kind = {
  group: 'sources.knative.dev',
  versions: ['v1'],
  kind: 'ContainerSource',
  plural: 'containersources',
  singular: 'containersource',
  categories: ['all', 'knative', 'sources'],
  namespaced: true,
  status: true,
  webhook: 'validation.webhook.eventing.knative.dev',
  schema: objectSchema({ spec: sourceSpec({ template }), status: sourceStatus() }),
  columns: [sinkColumn, ...ageAndReady],
  setDefaults(object, context) {
    const source = object as ContainerSource
    for (const [index, container] of (source.spec?.template?.spec?.containers ?? []).entries()) {
      if (!container.name) container.name = `${source.metadata.name}-${index}`
    }
    setDestinationDefaults(source.spec?.sink, source)
    setUserInfo(source, context)
  },
  validate: object => inPrintOrder(containerSourceFlaws(object as ContainerSource)),
}

function containerSourceFlaws({ spec }: ContainerSource): FieldError[] {
  const containers = spec?.template?.spec?.containers ?? []
  return [
    ...sourceFlaws(spec ?? {}),
    ...(containers.length === 0 ? [missing('spec.containers')] : []),
    ...containers.flatMap(({ image }, index) => (image ? [] : [missing(`spec.containers[${index}].image`)])),
  ]
}
