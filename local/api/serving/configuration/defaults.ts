// What the webhook fills into a Configuration, and the rule that spares templates that bring their own name.
import type { KubeObject } from '../../../kernel/object.ts'
import type { AdmissionContext } from '../../kind.ts'
import { defaultRevisionSpec } from '../revision/defaults.ts'
import type { Configuration, RevisionTemplate } from '../types.ts'
import { setUserInfo } from '../user-info.ts'

export function setConfigurationDefaults(object: KubeObject, context: AdmissionContext): void {
  const configuration = object as Partial<Configuration> & KubeObject
  configuration.spec ??= { template: { spec: { containers: [] } } }
  defaultTemplate(configuration.spec, configuration, context)
  if (!configuration.metadata.ownerReferences) setUserInfo(configuration, context)
}

/**
 * Defaults a template in place. Skipped while a template keeps the name it brought: a revision of that name exists,
 * and defaults that changed since then would read as a change of it (configuration_defaults.go).
 */
export function defaultTemplate(
  spec: { template: RevisionTemplate },
  parent: KubeObject,
  context: AdmissionContext,
): void {
  const before = (context.before as Configuration | undefined)?.spec?.template?.metadata?.name
  spec.template ??= { spec: { containers: [] } }
  const { template } = spec
  template.metadata ??= {}
  template.spec ??= { containers: [] }
  if (template.metadata.name && template.metadata.name === before) return
  defaultRevisionSpec(template.spec, parent.metadata, context)
}
