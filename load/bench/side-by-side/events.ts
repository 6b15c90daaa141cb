// The broker beside RabbitMQ: 1 KB, 64 in flight, on disk before it is acknowledged, delivered.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { credential } from '../../mesh-client.ts'
import { startWorld } from '../../world.ts'
import { brokerProject } from '../broker-project.ts'
import { startEventSink } from '../event-sink.ts'
import { sendEvents } from '../event-source.ts'
import { rawRabbit } from '../raw-rabbit.ts'
import { type Comparison, compare } from './table.ts'

/** Events for each second of the run. */
const eventsPerSecond = 4_000
const inFlight = 64

export async function compareBrokers(seconds: number, progress: (step: string) => void): Promise<Comparison[]> {
  const events = Math.round(seconds * eventsPerSecond)
  progress('the broker')
  const ours = await deliver(events)
  progress('RabbitMQ')
  const theirs = await rawRabbit(events, inFlight)
  const format = (value: number) => Math.round(value).toLocaleString('en')
  return [compare('events of 1 KB delivered a second', ours, 'RabbitMQ, durable, confirmed', theirs, format)]
}

/** Events a second, from the first sent to the last delivered. */
async function deliver(events: number): Promise<number> {
  const sink = await startEventSink()
  const project = brokerProject(sink.url, 1)
  const world = await startWorld({ project })
  try {
    const way = await credential(join(world.stateDir, 'api.sock'), 'app')
    const send = async (count: number) => {
      const before = sink.count
      const { accepted } = await sendEvents(way, 'app/default', { events: count, inFlight })
      if (accepted < count) throw new Error(`the broker took ${accepted} of ${count} events`)
      await sink.reached(before + count)
    }
    await send(Math.ceil(events / 4))
    const startedAt = performance.now()
    await send(events)
    return (events * 1_000) / (performance.now() - startedAt)
  } finally {
    await world.stop()
    sink.close()
    rmSync(project, { recursive: true })
  }
}
