// Service of the core group: a name in the cluster, in front of pods or of another name.
import type { KubeObject } from '../../../kernel/object.ts'
import { anything, array, boolean, integer, map, object, type Schema, string } from '../../schema.ts'
import { ageColumn, coreKind, shown } from '../core-kind.ts'
import type { CoreService } from '../types.ts'
import { serviceFlaws } from './validation.ts'

const port = object({
  name: string,
  port: integer,
  protocol: string,
  appProtocol: string,
  targetPort: { type: 'int-or-string' } satisfies Schema,
  nodePort: integer,
})

const spec = object({
  type: string,
  selector: map(string),
  ports: array(port),
  clusterIP: string,
  clusterIPs: array(string),
  externalIPs: array(string),
  externalName: string,
  externalTrafficPolicy: string,
  internalTrafficPolicy: string,
  trafficDistribution: string,
  healthCheckNodePort: integer,
  ipFamilies: array(string),
  ipFamilyPolicy: string,
  loadBalancerIP: string,
  loadBalancerClass: string,
  loadBalancerSourceRanges: array(string),
  allocateLoadBalancerNodePorts: boolean,
  publishNotReadyAddresses: boolean,
  sessionAffinity: string,
  sessionAffinityConfig: anything,
})

export const coreServiceKind = coreKind({
  kind: 'Service',
  description: 'A name in the cluster, in front of pods or of another name.',
  plural: 'services',
  strategic: { 'spec.ports': ['port', 'protocol'] },
  shortNames: ['svc'],
  categories: ['all'],
  status: true,
  fields: { spec },
  columns: [
    { name: 'Type', type: 'string', path: '.spec.type' },
    {
      name: 'Cluster-IP',
      type: 'string',
      path: '.spec.clusterIP',
      cell: one => shown((one as CoreService).spec?.clusterIP),
    },
    { name: 'External-IP', type: 'string', path: '.status.loadBalancer', cell: externalAddress },
    { name: 'Port(s)', type: 'string', path: '.spec.ports', cell: ports },
    ageColumn,
  ],
  setDefaults,
  validate: object => serviceFlaws(object as CoreService),
})

/** The defaults of the API server; a cluster address is not given, because nothing local listens on one. */
function setDefaults(draft: KubeObject): void {
  const service = draft as CoreService
  service.spec ??= {}
  const { spec } = service
  spec.type ??= 'ClusterIP'
  spec.sessionAffinity ??= 'None'
  for (const port of spec.ports ?? []) {
    port.protocol ??= 'TCP'
    port.targetPort ??= port.port
  }
}

function externalAddress(object: KubeObject): string {
  const { spec, status } = object as CoreService
  if (spec?.type === 'ExternalName') return shown(spec.externalName)
  const given = status?.loadBalancer?.ingress?.map(one => one.ip ?? one.hostname) ?? []
  const all = [...given, ...(spec?.externalIPs ?? [])].filter(one => one !== undefined)
  return shown(all.join(','), spec?.type === 'LoadBalancer' ? '<pending>' : '<none>')
}

function ports(object: KubeObject): string {
  const all = (object as CoreService).spec?.ports ?? []
  const texts = all.map(({ port, nodePort, protocol }) => `${port}${nodePort ? `:${nodePort}` : ''}/${protocol}`)
  return shown(texts.join(','))
}
