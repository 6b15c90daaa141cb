// What a DomainMapping makes: the claim of its name, and an Ingress for it.
import type { ClusterDomainClaim, Ingress } from '../../api/networking/types.ts'
import type { NetworkConfig } from '../../api/serving/config/network.ts'
import { annotations, labels } from '../../api/serving/labels.ts'
import type { DomainMapping } from '../../api/serving/types.ts'
import { ownedBy } from '../../kernel/object.ts'
import { without } from '../context.ts'
import { childName } from '../names.ts'

/** The claim of a mapping's name for its namespace. */
export function makeDomainClaim({ metadata }: DomainMapping): ClusterDomainClaim {
  return {
    apiVersion: 'networking.internal.knative.dev/v1alpha1',
    kind: 'ClusterDomainClaim',
    metadata: { name: metadata.name },
    spec: { namespace: metadata.namespace ?? '' },
  }
}

/** Requests for the mapped name go on under `host`; the header lets the function still see the name they came with. */
export function makeMappingIngress(
  mapping: DomainMapping,
  network: NetworkConfig,
  host: string,
  serviceName: string,
): Ingress {
  const { name, namespace = '', uid = '' } = mapping.metadata
  const split = {
    appendHeaders: { 'K-Original-Host': name },
    percent: 100,
    serviceName,
    serviceNamespace: namespace,
    servicePort: 80,
  }
  return {
    apiVersion: 'networking.internal.knative.dev/v1alpha1',
    kind: 'Ingress',
    metadata: {
      name: childName(name, ''),
      namespace,
      labels: {
        ...mapping.metadata.labels,
        [labels.domainMappingUid]: uid,
        [labels.domainMappingNamespace]: namespace,
      },
      annotations: {
        [annotations.ingressClass]: network.ingressClass,
        ...without(mapping.metadata.annotations, annotations.lastApplied, annotations.rolloutDuration),
      },
      ownerReferences: [ownedBy(mapping)],
    },
    spec: {
      httpOption: network.httpProtocol,
      rules: [{ hosts: [name], http: { paths: [{ rewriteHost: host, splits: [split] }] }, visibility: 'ExternalIP' }],
    },
  }
}
