// RabbitMQ as a composition root plugs it in: the broker class and the source, for `createEventing`.
import type { EventingOptions } from '../eventing.ts'
import { rabbitmqClass } from './rabbitmq-class.ts'
import { rabbitmqSourceController } from './rabbitmq-sources.ts'

/**
 * `defaultUrl`, the value of RABBITMQ_URL, is the server of each RabbitmqCluster that is referred to by name. Nothing is
 * loaded or connected until an object asks for it.
 */
export function rabbitmqEventing(defaultUrl: string | undefined): Pick<EventingOptions, 'classes' | 'controllers'> {
  return { classes: [rabbitmqClass({ defaultUrl })], controllers: [rabbitmqSourceController(defaultUrl)] }
}
