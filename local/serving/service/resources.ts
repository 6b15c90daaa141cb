// What a Service makes: its Configuration and its Route.
import { annotations, labels } from '../../api/serving/labels.ts'
import type { Configuration, Route, Service } from '../../api/serving/types.ts'
import { ownedBy } from '../../kernel/object.ts'
import { without } from '../context.ts'

/** The Configuration of a Service; `routes` are those that already send traffic to it. */
export function makeConfiguration(service: Service, routes: readonly string[] = []): Configuration {
  const { name, namespace, uid = '' } = service.metadata
  const kept = without(service.metadata.annotations, annotations.lastApplied, annotations.rolloutDuration)
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Configuration',
    metadata: {
      name,
      ...(namespace ? { namespace } : {}),
      labels: { ...service.metadata.labels, [labels.service]: name, [labels.serviceUid]: uid },
      annotations: { ...kept, [annotations.routes]: [...new Set([...routes, name])].sort().join(',') },
      ownerReferences: [ownedBy(service)],
    },
    spec: { template: service.spec.template },
  }
}

/** The Route of a Service: targets without a revision follow its Configuration. */
export function makeRoute(service: Service): Route {
  const { name, namespace } = service.metadata
  const traffic = (service.spec.traffic ?? []).map(target =>
    target.revisionName ? target : { ...target, configurationName: name },
  )
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Route',
    metadata: {
      name,
      ...(namespace ? { namespace } : {}),
      labels: { ...service.metadata.labels, [labels.service]: name },
      annotations: without(service.metadata.annotations, annotations.lastApplied),
      ownerReferences: [ownedBy(service)],
    },
    spec: { traffic },
  }
}
