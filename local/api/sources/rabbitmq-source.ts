// The kind RabbitmqSource (sources.knative.dev/v1alpha1): the messages of a RabbitMQ queue, as events.
import type { FieldError } from '../../kernel/errors.ts'
import type { KubeObject } from '../../kernel/object.ts'
import { setDestinationDefaults, setUserInfo } from '../eventing/admission.ts'
import { ageAndReady, sinkColumn } from '../eventing/columns.ts'
import { destinationFlaws, immutableFlaws } from '../eventing/flaws.ts'
import { clusterReference, clusterReferenceFlaws, type RabbitmqClusterReference } from '../eventing/rabbitmq.ts'
import { destination } from '../eventing/schema.ts'
import type { DeliverySpec, Destination } from '../eventing/types.ts'
import { inPrintOrder, missing } from '../flaws.ts'
import type { Kind } from '../kind.ts'
import { boolean, described, integer, object, objectSchema, string } from '../schema.ts'
import { sourceStatus } from './schema.ts'
import type { SourceStatus } from './types.ts'

export interface RabbitmqSource extends KubeObject {
  spec: {
    rabbitmqClusterReference?: RabbitmqClusterReference
    rabbitmqResourcesConfig: {
      queueName: string
      exchangeName?: string
      vhost?: string
      parallelism?: number
      predeclared?: boolean
    }
    delivery?: Pick<DeliverySpec, 'retry' | 'backoffPolicy' | 'backoffDelay'>
    sink: Destination
    serviceAccountName?: string
  }
  status?: SourceStatus
}

export const rabbitmqSourceKind: Kind = {
  group: 'sources.knative.dev',
  versions: ['v1alpha1'],
  kind: 'RabbitmqSource',
  plural: 'rabbitmqsources',
  singular: 'rabbitmqsource',
  shortNames: ['rmqsource'],
  categories: ['all', 'knative', 'eventing', 'sources', 'importers'],
  namespaced: true,
  status: true,
  webhook: 'validation.webhook.rabbitmq.sources.knative.dev',
  schema: objectSchema({
    spec: object({
      rabbitmqClusterReference: clusterReference,
      rabbitmqResourcesConfig: object({
        queueName: described('The queue that is read.', string),
        exchangeName: described('Bound to the queue unless predeclared.', string),
        vhost: string,
        parallelism: described('Messages under way at once: 1, the default, keeps their order.', integer),
        predeclared: described('True when queue and exchange are there already.', boolean),
      }),
      delivery: object({ retry: integer, backoffPolicy: string, backoffDelay: string }),
      sink: described('Where the events go.', destination),
      serviceAccountName: string,
      adapterContainerName: string,
    }),
    status: sourceStatus(),
  }),
  columns: [sinkColumn, ...ageAndReady],
  setDefaults(object, context) {
    const source = object as RabbitmqSource
    const { spec, metadata } = source
    if (spec?.rabbitmqClusterReference) spec.rabbitmqClusterReference.namespace ??= metadata.namespace ?? 'default'
    if (spec?.rabbitmqResourcesConfig) spec.rabbitmqResourcesConfig.parallelism ??= 1
    setDestinationDefaults(spec?.sink, source)
    setUserInfo(source, context)
  },
  validate: (object, { before }) => inPrintOrder(sourceFlaws(object as RabbitmqSource, before as RabbitmqSource)),
}

const mostParallel = 1_000

/** As eventing-rabbitmq pkg/apis/sources/v1alpha1 checks them. */
function sourceFlaws({ spec }: RabbitmqSource, before: RabbitmqSource | undefined): FieldError[] {
  const path = 'spec.rabbitmqResourcesConfig'
  const resources = spec?.rabbitmqResourcesConfig
  const changed = before ? immutableFlaws(before.spec, spec, 'spec') : []
  if (!resources) return [...changed, missing(path)]
  const { queueName, exchangeName, predeclared, parallelism = 1 } = resources
  const unnamed = 'Name of exchange must be provided when spec.predeclared is false'
  const bounds = `expected 1 <= ${parallelism} <= ${mostParallel}`
  return [
    ...changed,
    ...(queueName ? [] : [missing(`${path}.queueName`)]),
    ...(predeclared || exchangeName ? [] : [{ path: `${path}.name`, message: unnamed }]),
    ...clusterReferenceFlaws(spec.rabbitmqClusterReference),
    ...(parallelism >= 1 && parallelism <= mostParallel ? [] : [{ path: `${path}.parallelism`, message: bounds }]),
    ...destinationFlaws(spec.sink, 'spec.sink'),
  ]
}
