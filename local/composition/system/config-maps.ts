// The ConfigMaps that an installation of Knative brings along: empty, so that each setting is Knative's own default.
import type { ConfigMap } from '../../api/core/types.ts'

/** By namespace, then by the component that reads it (knative/serving and knative/eventing config/core/configmaps). */
const names: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'knative-serving': {
    autoscaler: ['config-autoscaler'],
    controller: [
      'config-defaults',
      'config-deployment',
      'config-domain',
      'config-features',
      'config-gc',
      'config-leader-election',
    ],
    logging: ['config-logging'],
    networking: ['config-network'],
    observability: ['config-observability'],
    tracing: ['config-tracing'],
  },
  'knative-eventing': {
    controller: [
      'config-br-default-channel',
      'config-br-defaults',
      'config-features',
      'config-leader-election',
      'config-ping-defaults',
      'default-ch-webhook',
    ],
    logging: ['config-logging'],
    observability: ['config-observability'],
    tracing: ['config-tracing'],
  },
}

/** `data` is there although nothing is in it: clients add keys to it. */
export function systemConfigMaps(): ConfigMap[] {
  return Object.entries(names).flatMap(([namespace, components]) =>
    Object.entries(components).flatMap(([component, configs]) =>
      configs.map(name => configMap(namespace, name, component)),
    ),
  )
}

function configMap(namespace: string, name: string, component: string): ConfigMap {
  const labels = { 'app.kubernetes.io/name': namespace, 'app.kubernetes.io/component': component }
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels }, data: {} }
}
