// What the webhook refuses of a Service.
import type { FieldError } from '../../../kernel/errors.ts'
import type { KubeObject } from '../../../kernel/object.ts'
import { inPrintOrder } from '../../flaws.ts'
import type { AdmissionContext } from '../../kind.ts'
import { configsOf } from '../configs.ts'
import { nameChangeFlaws, templateFlaws } from '../configuration/validation.ts'
import { misplacedScalingFlaws, nameFlaws, rolloutDurationFlaws } from '../metadata-validation.ts'
import { trafficFlaws } from '../route/validation.ts'
import type { Service } from '../types.ts'
import { userInfoFlaws } from '../user-info.ts'

export function validateService(object: KubeObject, context: AdmissionContext): FieldError[] {
  const service = object as Service
  const before = context.before as Service | undefined
  const configs = configsOf(context)
  return inPrintOrder([
    ...nameFlaws(service),
    ...misplacedScalingFlaws(service),
    ...rolloutDurationFlaws(service),
    ...templateFlaws(service.spec.template, service.metadata, configs),
    ...trafficFlaws(service.spec.traffic ?? [], {
      name: service.metadata.name,
      network: configs.network,
      ownConfiguration: true,
    }),
    ...userInfoFlaws(service, before),
    ...nameChangeFlaws(service.spec.template, before?.spec?.template),
  ])
}
