// The kind SinkBinding (sources.knative.dev/v1): puts the address of a sink into the containers of a subject.
import type { FieldError } from '../../kernel/errors.ts'
import { setDestinationDefaults, setUserInfo } from '../eventing/admission.ts'
import { ageAndReady, sinkColumn } from '../eventing/columns.ts'
import { inPrintOrder, missing } from '../flaws.ts'
import type { Kind } from '../kind.ts'
import { described, object, objectSchema, string } from '../schema.ts'
import { labelSelector, sourceSpec, sourceStatus } from './schema.ts'
import { sourceFlaws } from './source-flaws.ts'
import type { SinkBinding, Subject } from './types.ts'

export const sinkBindingKind: Kind = {
  group: 'sources.knative.dev',
  versions: ['v1'],
  kind: 'SinkBinding',
  plural: 'sinkbindings',
  singular: 'sinkbinding',
  categories: ['all', 'knative', 'sources', 'bindings'],
  namespaced: true,
  status: true,
  webhook: 'validation.webhook.eventing.knative.dev',
  schema: objectSchema({
    spec: sourceSpec({
      subject: described(
        'What gets K_SINK: an object by its name, or all of a kind that have certain labels.',
        object({ apiVersion: string, kind: string, name: string, namespace: string, selector: labelSelector }),
      ),
    }),
    status: sourceStatus({ oidcTokenSecretName: string }),
  }),
  columns: [sinkColumn, ...ageAndReady],
  setDefaults(object, context) {
    const { spec, metadata } = object as Partial<SinkBinding>
    if (spec?.subject && !spec.subject.namespace) spec.subject.namespace = metadata?.namespace ?? 'default'
    setDestinationDefaults(spec?.sink, object)
    setUserInfo(object, context)
  },
  validate: object => inPrintOrder(sinkBindingFlaws(object as SinkBinding)),
}

function sinkBindingFlaws({ spec, metadata }: SinkBinding): FieldError[] {
  const { subject } = spec ?? {}
  const elsewhere = subject?.namespace && subject.namespace !== metadata.namespace
  return [
    ...subjectFlaws(subject, 'spec.subject'),
    ...sourceFlaws(spec ?? {}),
    ...(elsewhere ? [{ path: 'spec.subject.namespace', message: `invalid value: ${subject.namespace}` }] : []),
  ]
}

// As knative.dev/pkg tracker.Reference validates itself.
function subjectFlaws(subject: Partial<Subject> | undefined, path: string): FieldError[] {
  const needed = (['apiVersion', 'kind', 'namespace'] as const).filter(field => !subject?.[field])
  const ways = { name: subject?.name, selector: subject?.selector }
  const both = ways.name && ways.selector
  const paths = `${path}.name, ${path}.selector`
  return [
    ...needed.map(field => missing(`${path}.${field}`)),
    ...(both ? [{ path: paths, message: 'expected exactly one, got both' }] : []),
    ...(!ways.name && !ways.selector ? [{ path: paths, message: 'expected exactly one, got neither' }] : []),
  ]
}
