// The kind EventType (eventing.knative.dev/v1beta2): what kn's event types are. None is created by itself.
import { missing } from '../flaws.ts'
import type { Kind } from '../kind.ts'
import { described, object, objectSchema, string } from '../schema.ts'
import { setUserInfo } from './admission.ts'
import { reference, statusSchema } from './schema.ts'
import type { EventType } from './types.ts'

export const eventTypeKind: Kind = {
  group: 'eventing.knative.dev',
  versions: ['v1beta2', 'v1beta1'],
  kind: 'EventType',
  plural: 'eventtypes',
  singular: 'eventtype',
  categories: ['all', 'knative', 'eventing'],
  namespaced: true,
  status: true,
  webhook: 'validation.webhook.eventing.knative.dev',
  schema: objectSchema({
    spec: object({
      type: described('The CloudEvents attribute type.', string),
      source: described('The CloudEvents attribute source.', string),
      schema: described('A URI of the schema of the data.', string),
      schemaData: string,
      broker: described('The broker that the type comes from; reference says the same of any object.', string),
      reference,
      description: string,
    }),
    status: statusSchema({}),
  }),
  columns: [
    { name: 'Type', type: 'string', path: '.spec.type' },
    { name: 'Source', type: 'string', path: '.spec.source' },
    { name: 'Schema', type: 'string', path: '.spec.schema' },
    { name: 'Reference Name', type: 'string', path: '.spec.reference.name' },
    { name: 'Reference Kind', type: 'string', path: '.spec.reference.kind' },
    { name: 'Description', type: 'string', path: '.spec.description' },
    { name: 'Ready', type: 'string', path: ".status.conditions[?(@.type=='Ready')].status" },
    { name: 'Reason', type: 'string', path: ".status.conditions[?(@.type=='Ready')].reason" },
  ],
  setDefaults(object, context) {
    const { spec, metadata } = object as EventType
    if (spec?.reference) spec.reference.namespace ??= metadata.namespace ?? 'default'
    setUserInfo(object, context)
  },
  validate: object => ((object as EventType).spec?.type ? [] : [missing('spec.type')]),
}
