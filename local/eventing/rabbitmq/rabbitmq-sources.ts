// RabbitmqSources: each reads a queue that is there, or that it declares, into its sink.
import { rabbitmq } from '../../api/eventing/rabbitmq.ts'
import type { RabbitmqSource } from '../../api/sources/rabbitmq-source.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Finding } from '../../kernel/conditions.ts'
import type { Log } from '../../kernel/log.ts'
import type { GroupKind } from '../../kernel/object.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import type { Random } from '../../kernel/random.ts'
import type { Send } from '../../seams/send.ts'
import { type KindController, keyOf } from '../reconcile/controllers.ts'
import { refersToSink, sinkOf, sourceStatus } from '../sources/source-status.ts'
import { locate } from './address.ts'
import type { Open } from './connection.ts'
import { publisherLimits } from './publisher.ts'
import type { RabbitmqServer } from './server.ts'
import { RabbitmqServers } from './servers.ts'
import { rabbitmqEventType, sourceAttribute } from './source-event.ts'
import { SourceReader } from './source-reader.ts'

export interface RabbitmqSourcesOptions {
  store: ObjectStore
  clock: Clock
  random: Random
  log: Log
  send: Send
  /** Looks at a source again although nothing in the store changed. */
  again(kind: GroupKind, key: string): void
}

interface Reading {
  /** What it reads and where to: another one is another reading. */
  what: string
  reader: SourceReader
  server: RabbitmqServer
}

const conditions = ['Deployed', 'ExchangeReady', 'SecretReady', 'SinkProvided']

/** The controller, for `controllers` of `createEventing`; `defaultUrl` is the value of RABBITMQ_URL. */
export function rabbitmqSourceController(defaultUrl: string | undefined, open?: Open) {
  return (options: RabbitmqSourcesOptions): KindController => {
    const { store, clock, random, log, again } = options
    const changed = (server: RabbitmqServer) => {
      for (const [key, reading] of readings) if (reading.server === server) again(rabbitmq.source, key)
    }
    const servers = new RabbitmqServers({ clock, random, log, limits: publisherLimits, open, changed })
    const readings = new Map<string, Reading>()

    const stop = async (key: string) => {
      const reading = readings.get(key)
      readings.delete(key)
      await reading?.reader.stop()
      if (reading) servers.release(reading.server)
    }

    const read = (source: RabbitmqSource, sink: string): Finding => {
      const key = keyOf(source)
      const { rabbitmqClusterReference, rabbitmqResourcesConfig } = source.spec
      const where = {
        store,
        namespace: source.metadata.namespace ?? '',
        vhost: rabbitmqResourcesConfig.vhost,
        defaultUrl,
      }
      const located = locate(rabbitmqClusterReference, where)
      const what = JSON.stringify([source.metadata.uid, source.spec, sink, located])
      if (readings.get(key)?.what !== what) void stop(key)
      if ('error' in located) return { status: 'False', reason: 'ConnectionUnavailable', message: located.error }
      const reading = readings.get(key) ?? begin(key, source, { what, sink, server: servers.of(located.address) })
      const { problem } = reading.reader
      return problem === undefined ? { status: 'True' } : { status: 'False', reason: 'QueueNotRead', message: problem }
    }

    const begin = (key: string, source: RabbitmqSource, at: { what: string; sink: string; server: RabbitmqServer }) => {
      const changed = () => again(rabbitmq.source, key)
      const reader = new SourceReader({ ...options, source, sink: at.sink, server: at.server, changed })
      const reading: Reading = { what: at.what, server: at.server, reader }
      readings.set(key, reading)
      return reading
    }

    const controller: KindController<RabbitmqSource> = {
      kind: rabbitmq.source,
      reconcile(source) {
        const sink = sinkOf(store, source)
        if ('error' in sink) void stop(keyOf(source))
        const Deployed = 'url' in sink ? read(source, sink.url) : { status: 'Unknown' as const }
        const ready: Finding = { status: 'True' }
        const found = { Deployed, ExchangeReady: ready, SecretReady: ready }
        const { name, namespace = '' } = source.metadata
        const queue = source.spec.rabbitmqResourcesConfig.queueName
        const ceAttributes = [{ type: rabbitmqEventType, source: sourceAttribute({ namespace, name, queue }) }]
        const status = sourceStatus(source, sink, found, conditions, clock.now())
        store.updateStatus({ ...source, status: { ceAttributes, ...status } })
      },
      gone: key => void stop(key),
      concerns: (source, changed) => refersToSink(source, changed) || changed.kind === 'Secret',
      async stop() {
        await Promise.all([...readings.keys()].map(stop))
        await servers.close()
      },
    }
    // It is only ever given objects of its own kind.
    return controller as KindController
  }
}
