// The kinds of Knative Eventing, for the registry.
import type { Kind } from '../kind.ts'
import { brokerKind } from './broker.ts'
import { eventTypeKind } from './event-type.ts'
import { rabbitmqBrokerConfigKind } from './rabbitmq.ts'
import { triggerKind } from './trigger.ts'

export const eventingKinds: readonly Kind[] = [brokerKind, triggerKind, eventTypeKind, rabbitmqBrokerConfigKind]
