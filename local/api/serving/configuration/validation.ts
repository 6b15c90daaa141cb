// What the webhook refuses of a Configuration, and of revision templates wherever they stand.
import type { FieldError } from '../../../kernel/errors.ts'
import type { KubeObject, ObjectMeta } from '../../../kernel/object.ts'
import { inPrintOrder } from '../../flaws.ts'
import type { AdmissionContext } from '../../kind.ts'
import { dns1035LabelFlaw } from '../../names.ts'
import { configsOf, type ServingConfigs } from '../configs.ts'
import { disallowed, invalidValue } from '../flaws.ts'
import { annotations, labels } from '../labels.ts'
import { misplacedScalingFlaws, nameFlaws, ownerLabelFlaws, wholeSecondsFlaws } from '../metadata-validation.ts'
import { revisionSpecFlaws } from '../revision/validation.ts'
import { scalingFlaws } from '../scaling-annotations.ts'
import { specDiff } from '../spec-diff.ts'
import type { Configuration, RevisionTemplate } from '../types.ts'
import { userInfoFlaws } from '../user-info.ts'

export function validateConfiguration(object: KubeObject, context: AdmissionContext): FieldError[] {
  const configuration = object as Configuration
  const before = context.before as Configuration | undefined
  return inPrintOrder([
    ...nameFlaws(configuration),
    ...misplacedScalingFlaws(configuration),
    ...ownerLabelFlaws(configuration, labels.service, 'Service'),
    ...templateFlaws(configuration.spec.template, configuration.metadata, configsOf(context)),
    ...(configuration.metadata.ownerReferences ? [] : userInfoFlaws(configuration, before)),
    ...nameChangeFlaws(configuration.spec.template, before?.spec?.template),
  ])
}

const at = 'spec.template'

/** Flaws of a template at `spec.template`; `parent` is the metadata of the object that holds it. */
export function templateFlaws(template: RevisionTemplate, parent: ObjectMeta, configs: ServingConfigs): FieldError[] {
  const own = template.metadata?.annotations
  return [
    ...revisionSpecFlaws(template.spec, `${at}.spec`, configs),
    ...scalingFlaws(own, configs.autoscaler, `${at}.metadata.annotations`),
    ...revisionNameFlaws(template, parent),
    ...wholeSecondsFlaws(own, annotations.progressDeadline, `${at}.metadata.annotations`),
  ]
}

function revisionNameFlaws({ metadata }: RevisionTemplate, parent: ObjectMeta): FieldError[] {
  const path = `${at}.metadata.name`
  const name = metadata?.name
  if (!name) return []
  const flaw = dns1035LabelFlaw(name)
  if (flaw) return [invalidValue(`not a DNS 1035 label: [${flaw}]`, path)]
  // A name that is generated only on creation leaves nothing to prefix with.
  if (!parent.name && parent.generateName) return [disallowed(path)]
  const prefix = `${parent.name}-`
  return name.startsWith(prefix) ? [] : [invalidValue(`"${name}" must have prefix "${prefix}"`, path)]
}

/** A template that keeps the name it brought must stay as it is: a revision of that name exists. */
export function nameChangeFlaws(template: RevisionTemplate, before: RevisionTemplate | undefined): FieldError[] {
  const name = template.metadata?.name
  if (!name || !before || name !== before.metadata?.name) return []
  const details = specDiff('{*v1.RevisionTemplateSpec}', before, template)
  if (!details) return []
  const message = 'Saw the following changes without a name change (-old +new)'
  return [{ path: `${at}.metadata.name`, message, details }]
}
