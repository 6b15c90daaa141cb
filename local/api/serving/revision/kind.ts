// The kind Revision of Knative Serving.
import type { Kind } from '../../kind.ts'
import { objectSchema } from '../../schema.ts'
import { readyColumns, text } from '../columns.ts'
import { securityWarnings } from '../pod-spec/security-warnings.ts'
import { revisionSpec, revisionStatusFields, statusSchema } from '../schemas.ts'
import type { Revision } from '../types.ts'
import { setRevisionDefaults } from './defaults.ts'
import { validateRevision } from './validation.ts'

export const revision: Kind = {
  group: 'serving.knative.dev',
  versions: ['v1'],
  kind: 'Revision',
  description: 'A state of a program that never changes again: what instances are started from.',
  plural: 'revisions',
  singular: 'revision',
  shortNames: ['rev'],
  categories: ['all', 'knative', 'serving'],
  namespaced: true,
  status: true,
  schema: objectSchema({ spec: revisionSpec, status: statusSchema(revisionStatusFields) }),
  columns: [
    text('Config Name', ".metadata.labels['serving\\.knative\\.dev/configuration']"),
    text('Generation', ".metadata.labels['serving\\.knative\\.dev/configurationGeneration']"),
    ...readyColumns,
    { name: 'Actual Replicas', type: 'integer', path: '.status.actualReplicas' },
    { name: 'Desired Replicas', type: 'integer', path: '.status.desiredReplicas' },
  ],
  setDefaults: setRevisionDefaults,
  validate: validateRevision,
  warnings: object => securityWarnings((object as Revision).spec, 'spec'),
  webhook: 'validation.webhook.serving.knative.dev',
}
