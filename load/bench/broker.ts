// From a producer through the broker to a subscriber: 1 KB events, 64 in flight, each on disk before it is acknowledged.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { credential } from '../mesh-client.ts'
import { startWorld } from '../world.ts'
import { atLeast, atMost, type Bench, type Figure, given } from './bench.ts'
import { brokerProject } from './broker-project.ts'
import { type EventSink, startEventSink } from './event-sink.ts'
import { type SendPlan, type Sent, sendEvents } from './event-source.ts'
import { rawRabbit } from './raw-rabbit.ts'
import { mebibytes, milliseconds, percentile } from './stats.ts'

const inFlight = 64
const warmUp = 5_000
const events = 40_000
const memoryEvents = 100_000

export const broker: Bench = {
  name: 'broker',
  async run(progress) {
    const one = await under(1, progress)
    const hundred = await under(100, progress)
    progress('raw RabbitMQ')
    const rabbit = await rawRabbit(events, inFlight)
    return [
      atLeast('broker to subscriber, 1 KB, 64 in flight, delivered', one.perSecond, 5_000, rate),
      atMost('its acknowledgement at half that load, p99', one.ackP99, 20, milliseconds),
      atMost('100 triggers with one match, beside one trigger', hundred.cpu / one.cpu, 2, times),
      atMost(
        `memory after ${memoryEvents.toLocaleString('en')} more events, grown by`,
        one.grown,
        50 * 2 ** 20,
        mebibytes,
      ),
      given('the runtime’s CPU for one event', `${Math.round(one.cpu)} µs`),
      given('not accepted, not delivered', `${one.lost + hundred.lost}`),
      ...rabbitFigures(rabbit, one.perSecond),
    ]
  },
}

const rate = (value: number) => `${Math.round(value).toLocaleString('en')} events/s`
const times = (value: number) => `${value.toFixed(2)} ×`

function rabbitFigures(perSecond: number | undefined, ours: number): Figure[] {
  if (perSecond === undefined) return [given('raw RabbitMQ, durable, confirmed', 'no RABBITMQ_URL')]
  return [
    given('raw RabbitMQ, durable, confirmed', rate(perSecond)),
    given('the broker beside it', times(ours / perSecond)),
  ]
}

interface Measured {
  /** Delivered a second, from the first event sent to the last one delivered. */
  perSecond: number
  /** Microseconds of the runtime's processors for one event, from the request to the subscriber's answer. */
  cpu: number
  ackP99: number
  /** Bytes. */
  grown: number
  lost: number
}

/** A runtime whose broker has that many triggers, one of which matches. */
async function under(triggers: number, progress: (step: string) => void): Promise<Measured> {
  const sink = await startEventSink()
  const world = await startWorld({ project: brokerProject(sink.url, triggers) })
  const way = await credential(join(world.stateDir, 'api.sock'), 'app')
  const deliver = async (plan: SendPlan): Promise<Sent & { lost: number; total: number }> => {
    const before = sink.count
    const startedAt = performance.now()
    const sent = await sendEvents(way, 'app/default', plan)
    await allOf(sink, before + sent.accepted)
    return { ...sent, lost: plan.events - (sink.count - before), total: (performance.now() - startedAt) / 1_000 }
  }
  const name = `${triggers} trigger${triggers === 1 ? '' : 's'}`
  progress(`${name}: warming up`)
  await deliver({ events: warmUp, inFlight })
  progress(`${name}: as fast as it goes`)
  const cpuBefore = cpuOf(world.pid)
  const full = await deliver({ events, inFlight })
  const cpu = (cpuOf(world.pid) - cpuBefore) / events
  const perSecond = events / full.total
  progress(`${name}: at half that load`)
  const half = await deliver({ events: events / 4, inFlight, pace: perSecond / 2 })
  let grown = 0
  if (triggers === 1) {
    progress(`${name}: memory`)
    const before = memoryOf(world.pid)
    await deliver({ events: memoryEvents, inFlight })
    grown = Math.max(0, memoryOf(world.pid) - before)
  }
  await world.stop()
  sink.close()
  return { perSecond, cpu, ackP99: percentile(half.times, 0.99), grown, lost: full.lost + half.lost }
}

const patienceMs = 30_000

/** Resolves once the sink has that many, or has had time enough. */
async function allOf(sink: EventSink, count: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>(resolve => {
    timer = setTimeout(resolve, patienceMs)
  })
  await Promise.race([sink.reached(count), late])
  clearTimeout(timer)
}

/** Microseconds a process has computed so far, all its threads together; clock ticks are a hundredth of a second. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

/** Bytes a process holds. */
function memoryOf(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kibibytes) * 1_024
}
