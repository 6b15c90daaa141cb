// The kind Configuration of Knative Serving.
import type { Kind } from '../../kind.ts'
import { object, objectSchema } from '../../schema.ts'
import { latestColumns, readyColumns } from '../columns.ts'
import { securityWarnings } from '../pod-spec/security-warnings.ts'
import { configurationStatusFields, revisionTemplate, statusSchema } from '../schemas.ts'
import type { Configuration } from '../types.ts'
import { setConfigurationDefaults } from './defaults.ts'
import { validateConfiguration } from './validation.ts'

export const configuration: Kind = {
  group: 'serving.knative.dev',
  versions: ['v1'],
  kind: 'Configuration',
  description: 'The newest wanted state of a program: each change of its template becomes a Revision.',
  plural: 'configurations',
  singular: 'configuration',
  shortNames: ['config', 'cfg'],
  categories: ['all', 'knative', 'serving'],
  namespaced: true,
  status: true,
  schema: objectSchema({
    spec: object({ template: revisionTemplate }),
    status: statusSchema(configurationStatusFields),
  }),
  columns: [...latestColumns, ...readyColumns],
  setDefaults: setConfigurationDefaults,
  validate: validateConfiguration,
  warnings: object => securityWarnings((object as Configuration).spec.template.spec, 'spec.template.spec'),
  webhook: 'validation.webhook.serving.knative.dev',
}
