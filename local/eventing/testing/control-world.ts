// The room's controllers on a store, by a clock that stands still, with everything they would send written down.
import type { Kind } from '../../api/kind.ts'
import { createRegistry } from '../../api/registry.ts'
import { FakeClock } from '../../kernel/clock.ts'
import type { Condition } from '../../kernel/conditions.ts'
import type { GroupKind, KubeObject } from '../../kernel/object.ts'
import { ObjectStore } from '../../kernel/object-store.ts'
import { seededRandom } from '../../kernel/random.ts'
import type { SendRequest, SendResponse } from '../../seams/send.ts'
import { channelBasedClass } from '../log/channel-based-class.ts'
import type { TopicConsumer } from '../log/topics.ts'
import { type Controllers, startControllers } from '../reconcile/controllers.ts'
import { type KindControllerOptions, kindControllers } from '../reconcile/kind-controllers.ts'
import { noContainers } from '../sources/container-sources.ts'

type Any = KubeObject & { spec?: unknown; status?: { conditions?: Condition[] } & Record<string, unknown> }

export class ControlWorld {
  readonly clock = new FakeClock()
  readonly store = new ObjectStore({ clock: this.clock, random: seededRandom(1) })
  readonly log: string[] = []
  /** What sources sent. */
  readonly sent: SendRequest[] = []
  /** What `send` answers; 202 unless a test says otherwise. */
  answer: () => Promise<SendResponse> = async () => ({ status: 202, headers: [], body: Buffer.alloc(0) })
  /** Consumers of the log's topics, by uid. */
  readonly consumers = new Map<string, TopicConsumer>()
  readonly #controllers: Controllers
  readonly #registry = createRegistry()

  constructor(more: Partial<KindControllerOptions> = {}) {
    const topics = {
      serve: (consumer: TopicConsumer) => void this.consumers.set(consumer.uid, consumer),
      withdraw: (uid: string) => void this.consumers.delete(uid),
    }
    const idle = async () => {}
    const ours = channelBasedClass({ ...topics, accept: idle, settled: idle, stop: idle })
    const log = (_level: string, message: string) => void this.log.push(message)
    const options = {
      ...{ store: this.store, clock: this.clock, random: seededRandom(2), log, topics },
      classes: new Map([[ours.name, ours]]),
      send: (request: SendRequest) => {
        this.sent.push(request)
        return this.answer()
      },
      containers: noContainers,
      again: (kind: GroupKind, key: string) => this.#controllers.again(kind, key),
      ...more,
    }
    this.#controllers = startControllers(options, kindControllers(options))
  }

  /** Creates the object as admission lets it in, or replaces its spec. */
  async apply(apiVersion: string, kind: string, name: string, spec: unknown, labels = {}): Promise<void> {
    const draft = { apiVersion, kind, metadata: { name, namespace: 'app', labels }, spec: structuredClone(spec) } as Any
    const found = this.#kind(draft)
    const group = found.group
    const before = this.store.get<Any>({ group, kind }, 'app', name)
    const context = { user: 'admin', now: 0, config: () => ({}), ...(before ? { before } : {}) }
    found.setDefaults?.(draft, context)
    if (before) this.store.update({ ...before, spec: { ...(before.spec as object), ...(draft.spec as object) } } as Any)
    else this.store.create(draft)
    await this.settle()
  }

  /** An object that has an address. */
  service(name: string, url = `http://${name}.app.svc.cluster.local`): void {
    const metadata = { name, namespace: 'app' }
    const spec = { template: { spec: { containers: [{ image: 'i' }] } } }
    const status = { address: { url } }
    this.store.create({ apiVersion: 'serving.knative.dev/v1', kind: 'Service', metadata, spec, status } as KubeObject)
  }

  async settle(): Promise<void> {
    for (let round = 0; round < 12; round++) {
      await this.clock.advance(0)
      await this.#controllers.settled()
    }
  }

  get<T extends KubeObject = Any>(group: string, kind: string, name: string): T | undefined {
    return this.store.get<T>({ group: `${group}.knative.dev`, kind }, 'app', name)
  }

  /** Conditions as `type: status`, or the reason where it is not True. */
  conditions(group: string, kind: string, name: string): Record<string, string> {
    const conditions = this.get(group, kind, name)?.status?.conditions ?? []
    return Object.fromEntries(
      conditions.map(({ type, status, reason }) => [
        type,
        status === 'True' ? status : `${status} ${reason ?? ''}`.trim(),
      ]),
    )
  }

  stop(): Promise<void> {
    return this.#controllers.stop()
  }

  #kind(draft: KubeObject): Kind {
    const found = this.#registry.of(draft)
    if (!found) throw new Error(`no kind ${draft.apiVersion} ${draft.kind}`)
    return found
  }
}

export const serviceRef = (name: string) => ({
  ref: { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name, namespace: 'app' },
})
