// The kind RabbitmqBrokerConfig (eventing.knative.dev/v1alpha1): the server and the queues of brokers of class RabbitMQBroker.
import type { FieldError } from '../../kernel/errors.ts'
import type { KubeObject } from '../../kernel/object.ts'
import { inPrintOrder, missing } from '../flaws.ts'
import type { Kind } from '../kind.ts'
import { described, object, objectSchema, type Schema, string } from '../schema.ts'
import { immutableFlaws } from './flaws.ts'

/** A server: by the name of a RabbitmqCluster, or by a Secret with `uri`, `username` and `password`. */
export interface RabbitmqClusterReference {
  name?: string
  namespace?: string
  connectionSecret?: { name?: string }
}

export interface RabbitmqBrokerConfig extends KubeObject {
  spec: {
    rabbitmqClusterReference?: RabbitmqClusterReference
    queueType?: 'quorum' | 'classic'
    vhost?: string
  }
}

export const rabbitmq = {
  brokerConfig: { group: 'eventing.knative.dev', kind: 'RabbitmqBrokerConfig' },
  source: { group: 'sources.knative.dev', kind: 'RabbitmqSource' },
} as const

export const clusterReference: Schema = object({
  name: described('Of a RabbitmqCluster; RABBITMQ_URL stands for it where there is no operator.', string),
  namespace: string,
  connectionSecret: described('A Secret with uri, username and password.', object({ name: string })),
})

export const rabbitmqBrokerConfigKind: Kind = {
  group: 'eventing.knative.dev',
  versions: ['v1alpha1'],
  kind: 'RabbitmqBrokerConfig',
  plural: 'rabbitmqbrokerconfigs',
  singular: 'rabbitmqbrokerconfig',
  shortNames: ['rmqbrokerconfig'],
  categories: ['all', 'knative', 'eventing'],
  namespaced: true,
  status: false,
  webhook: 'validation.webhook.rabbitmq.eventing.knative.dev',
  schema: objectSchema({
    spec: object({
      rabbitmqClusterReference: clusterReference,
      queueType: described('quorum, the default, or classic.', string),
      vhost: string,
    }),
  }),
  columns: [{ name: 'Age', type: 'date', path: '.metadata.creationTimestamp' }],
  setDefaults(object) {
    const { spec } = object as RabbitmqBrokerConfig
    if (spec) spec.queueType ??= 'quorum'
  },
  validate(object, { before }) {
    const { spec } = object as RabbitmqBrokerConfig
    return inPrintOrder([
      ...clusterReferenceFlaws(spec?.rabbitmqClusterReference),
      ...queueTypeFlaws(spec?.queueType),
      ...(before ? immutableFlaws((before as RabbitmqBrokerConfig).spec, spec, 'spec') : []),
    ])
  },
}

/** Flaws of a reference to a server (eventing-rabbitmq pkg/utils/rabbitmq_validation.go). */
export function clusterReferenceFlaws(reference: RabbitmqClusterReference | undefined): FieldError[] {
  const path = 'spec.rabbitmqClusterReference'
  if (!reference) return [missing(path)]
  if (!reference.name) return reference.connectionSecret ? [] : [missing(`${path}.name`)]
  if (!reference.connectionSecret) return []
  const message =
    'rabbitmqClusterReference.name and rabbitmqClusterReference.connectionSecret must not be set simultaneously'
  return [{ path: `${path}.connectionSecret`, message }]
}

function queueTypeFlaws(type: string | undefined): FieldError[] {
  if (type === undefined || type === 'quorum' || type === 'classic') return []
  return [{ path: 'spec.queueType', message: `Unsupported value: "${type}": supported values: "quorum", "classic"` }]
}
