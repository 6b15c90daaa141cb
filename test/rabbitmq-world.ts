// Eventing with the class RabbitMQBroker over a real server: objects in, events in, and what subscribers get.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rabbitmq } from '../local/api/eventing/rabbitmq.ts'
import type { Broker, Trigger } from '../local/api/eventing/types.ts'
import { eventing as kinds } from '../local/api/eventing/types.ts'
import { createRegistry } from '../local/api/registry.ts'
import { createEventing, type Eventing } from '../local/eventing/eventing.ts'
import type { PublisherLimits } from '../local/eventing/rabbitmq/publisher.ts'
import { rabbitmqClass } from '../local/eventing/rabbitmq/rabbitmq-class.ts'
import { rabbitmqSourceController } from '../local/eventing/rabbitmq/rabbitmq-sources.ts'
import { type Answer, httpSend, type Received, Subscriber, until } from '../local/eventing/testing/subscriber.ts'
import { systemClock } from '../local/kernel/clock.ts'
import { conditionOf } from '../local/kernel/conditions.ts'
import { groupOf, type KubeObject } from '../local/kernel/object.ts'
import { ObjectStore } from '../local/kernel/object-store.ts'
import { seededRandom } from '../local/kernel/random.ts'

export class RabbitmqWorld {
  readonly store = new ObjectStore({ clock: systemClock, random: seededRandom(Date.now()) })
  readonly log: string[] = []
  readonly #folder = mkdtempSync(join(tmpdir(), 'rabbitmq-world-'))
  readonly #subscribers: Subscriber[] = []
  readonly #defaultUrl: string | undefined
  readonly #limits: Partial<PublisherLimits>
  #eventing: Eventing | undefined

  constructor(defaultUrl: string | undefined, limits: Partial<PublisherLimits> = {}) {
    this.#defaultUrl = defaultUrl
    this.#limits = limits
  }

  get eventing(): Eventing {
    if (!this.#eventing) throw new Error('not started')
    return this.#eventing
  }

  async start(): Promise<void> {
    this.#eventing = await createEventing({
      store: this.store,
      clock: systemClock,
      random: seededRandom(2),
      log: (level, message) => void this.log.push(`${level} ${message}`),
      send: httpSend,
      file: join(this.#folder, 'broker.db'),
      classes: [rabbitmqClass({ defaultUrl: this.#defaultUrl, limits: this.#limits })],
      controllers: [rabbitmqSourceController(this.#defaultUrl)],
    })
  }

  /** Ends the runtime; the objects and the server stay. */
  async stop(): Promise<void> {
    await this.#eventing?.stop()
    this.#eventing = undefined
  }

  async close(): Promise<void> {
    for (const trigger of this.store.list(kinds.trigger)) this.remove(trigger)
    for (const broker of this.store.list(kinds.broker)) this.remove(broker)
    for (const source of this.store.list(rabbitmq.source)) this.remove(source)
    await this.#eventing?.settled()
    await this.stop()
    for (const subscriber of this.#subscribers) await subscriber.stop()
    rmSync(this.#folder, { recursive: true })
  }

  apply(draft: { apiVersion: string; kind: string; metadata: KubeObject['metadata']; [field: string]: unknown }): void {
    const object = structuredClone(draft) as KubeObject
    const admission = { user: 'admin', now: 0, config: () => ({}) }
    const kind = createRegistry().of(object)
    kind?.setDefaults?.(object, admission)
    const flaws = kind?.validate?.(object, admission) ?? []
    if (flaws.length > 0) throw new Error(JSON.stringify(flaws))
    this.store.create(object)
  }

  remove({ apiVersion, kind, metadata }: KubeObject): void {
    this.store.delete({ group: groupOf(apiVersion), kind, namespace: metadata.namespace ?? '', name: metadata.name })
  }

  config(name = 'rabbitmq', spec: object = { rabbitmqClusterReference: { name: 'rabbitmq' } }): void {
    const metadata = { name, namespace: 'app' }
    this.apply({ apiVersion: 'eventing.knative.dev/v1alpha1', kind: 'RabbitmqBrokerConfig', metadata, spec })
  }

  broker(name = 'default', spec: Partial<Broker['spec']> = {}): void {
    const annotations = { 'eventing.knative.dev/broker.class': 'RabbitMQBroker' }
    const metadata = { name, namespace: 'app', annotations }
    const config = { apiVersion: 'eventing.knative.dev/v1alpha1', kind: 'RabbitmqBrokerConfig', name: 'rabbitmq' }
    this.apply({ apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', metadata, spec: { config, ...spec } })
  }

  trigger(name: string, spec: Partial<Trigger['spec']>, annotations: Record<string, string> = {}): void {
    const metadata = { name, namespace: 'app', annotations }
    this.apply({
      apiVersion: 'eventing.knative.dev/v1',
      kind: 'Trigger',
      metadata,
      spec: { broker: 'default', ...spec },
    })
  }

  async subscriber(script: (received: Received, index: number) => Promise<Answer | undefined> | Answer | undefined) {
    const one = await Subscriber.start(script)
    this.#subscribers.push(one)
    return one
  }

  /** The status of the answer to one event. */
  async post(id: string, headers: Record<string, string> = {}, body = '{}', broker = 'default'): Promise<number> {
    const given = { 'ce-specversion': '1.0', 'ce-id': id, 'ce-source': '/me', 'ce-type': 'order.created', ...headers }
    const answer = await this.eventing.ingress.handle({
      method: 'POST',
      host: 'broker-ingress.knative-eventing',
      target: `/app/${broker}`,
      headers: Object.entries({ 'content-type': 'application/json', ...given }).flat(),
      body: Buffer.from(body),
    })
    return answer.status
  }

  brokerReady(name = 'default') {
    return conditionOf(this.store.get<Broker>(kinds.broker, 'app', name)?.status?.conditions, 'Ready')
  }

  async untilReady(name = 'default'): Promise<void> {
    await until(() => this.brokerReady(name)?.status === 'True')
    await this.eventing.settled()
  }
}

export { until }
