// What the webhook fills into a Service: its template's defaults, and all traffic to the latest revision.
import type { KubeObject } from '../../../kernel/object.ts'
import type { AdmissionContext } from '../../kind.ts'
import { defaultTemplate } from '../configuration/defaults.ts'
import { defaultTarget } from '../route/defaults.ts'
import type { Service } from '../types.ts'
import { setUserInfo } from '../user-info.ts'

export function setServiceDefaults(object: KubeObject, context: AdmissionContext): void {
  const service = object as Partial<Service> & KubeObject
  service.spec ??= { template: { spec: { containers: [] } } }
  defaultTemplate(service.spec, service, context)
  if (!service.spec.traffic?.length) service.spec.traffic = [{ latestRevision: true, percent: 100 }]
  for (const target of service.spec.traffic) defaultTarget(target)
  setUserInfo(service, context)
}
