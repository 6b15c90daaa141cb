// Every controller of the room. Adding a kind is one line here.
import { sources } from '../../api/sources/types.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Log } from '../../kernel/log.ts'
import type { GroupKind } from '../../kernel/object.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import type { Random } from '../../kernel/random.ts'
import type { Send } from '../../seams/send.ts'
import { parallelController } from '../flows/parallels.ts'
import { sequenceController } from '../flows/sequences.ts'
import type { Topics } from '../log/topics.ts'
import { channelController } from '../messaging/channels.ts'
import { inMemoryChannelController } from '../messaging/in-memory-channels.ts'
import { subscriptionController } from '../messaging/subscriptions.ts'
import { apiServerSourceController } from '../sources/api-server-sources.ts'
import { type Containers, containerSourceController } from '../sources/container-sources.ts'
import { createEmit } from '../sources/emit.ts'
import { pingSourceController } from '../sources/ping-sources.ts'
import { sinkBindingController } from '../sources/sink-bindings.ts'
import { brokerController, type Classes } from './brokers.ts'
import type { KindController } from './controllers.ts'
import { eventTypeController } from './event-types.ts'
import { triggerController } from './triggers.ts'

export interface KindControllerOptions {
  store: ObjectStore
  clock: Clock
  random: Random
  log: Log
  send: Send
  classes: Classes
  topics: Pick<Topics, 'serve' | 'withdraw'>
  containers: Containers
  /** Looks at an object again although nothing in the store changed. */
  again(kind: GroupKind, key: string): void
}

export function kindControllers(options: KindControllerOptions): KindController[] {
  const { store, clock, classes, topics } = options
  const emit = createEmit(options)
  const controllers = [
    brokerController(store, clock, classes),
    triggerController(store, clock, classes),
    eventTypeController(store, clock),
    channelController(store, clock),
    inMemoryChannelController(store, clock, topics),
    subscriptionController(store, clock),
    sequenceController(store, clock),
    parallelController(store, clock),
    pingSourceController(store, clock, emit),
    apiServerSourceController(store, clock, emit),
    sinkBindingController(store, clock),
    containerSourceController({
      ...{ store, clock, containers: options.containers },
      again: key => options.again(sources.container, key),
    }),
  ]
  // Each is only ever given objects of its own kind.
  return controllers as KindController[]
}
