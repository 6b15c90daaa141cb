// Statuses as they stood on a real cluster, against those made here of the same objects.
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Broker, Trigger } from '../../api/eventing/types.ts'
import { FakeClock } from '../../kernel/clock.ts'
import { silentLog } from '../../kernel/log.ts'
import type { KubeObject } from '../../kernel/object.ts'
import { ObjectStore } from '../../kernel/object-store.ts'
import { seededRandom } from '../../kernel/random.ts'
import { channelBasedClass } from '../log/channel-based-class.ts'
import { brokerController } from './brokers.ts'
import { type KindController, startControllers } from './controllers.ts'
import { triggerController } from './triggers.ts'

const idle = async () => {}
const ours = channelBasedClass({ accept: idle, serve() {}, withdraw() {}, settled: idle, stop: idle })
const classes = new Map([[ours.name, ours]])

type Stored = Broker | Trigger
const folder = new URL('../../../test/golden/eventing/', import.meta.url)
const golden = (file: string) => (parse(readFileSync(new URL(file, folder), 'utf8')) as { items: Stored[] }).items

/** The statuses the controllers give these objects; subscribers named in them exist and have the address told. */
async function statusesOf(objects: readonly Stored[], addressed: readonly string[], plain: readonly string[] = []) {
  const clock = new FakeClock()
  const store = new ObjectStore({ clock, random: seededRandom(1) })
  for (const name of addressed) {
    const status = { address: { url: `http://${name}.app.svc.cluster.local` } }
    const metadata = { name, namespace: 'app' }
    store.create({ apiVersion: 'serving.knative.dev/v1', kind: 'Service', metadata, status } as KubeObject)
  }
  for (const name of plain) store.create({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'app' } })
  for (const { status: _status, ...object } of objects) {
    const { name, namespace = '', annotations = {}, labels = {} } = object.metadata
    store.create({ ...object, metadata: { name, namespace, annotations, labels } })
  }
  const controllers = startControllers({ store, clock, log: silentLog }, [
    brokerController(store, clock, classes),
    triggerController(store, clock, classes),
  ] as KindController[])
  await clock.advance(0)
  await controllers.settled()
  await controllers.stop()
  return objects.map(({ apiVersion, kind, metadata }) => {
    const group = apiVersion.split('/')[0] ?? ''
    return store.get<Stored>({ group, kind }, metadata.namespace ?? '', metadata.name)?.status
  })
}

/** Without the moments, which differ. */
const timeless = (status: Stored['status']) =>
  status && {
    ...status,
    conditions: status.conditions?.map(({ lastTransitionTime: _time, ...condition }) => condition),
  }

it('a broker and its triggers as on a cluster', async () => {
  const objects = [...golden('broker.yaml'), ...golden('triggers.yaml')]
  const statuses = await statusesOf(objects, ['sink', 'allsink', 'badsink', 'dls'], ['fac-ce'])
  expect(statuses.map(timeless)).toEqual(objects.map(object => timeless(object.status)))
})

it('triggers without a broker, and without a subscriber, as on a cluster', async () => {
  const [broker] = golden('broker.yaml')
  if (!broker) throw new Error('no broker')
  const gold = { ...broker, metadata: { ...broker.metadata, namespace: 'gold' } }
  const failed = golden('triggers-failed.yaml')
  const [, ...statuses] = await statusesOf([gold, ...failed], [])
  expect(statuses.map(timeless)).toEqual(failed.map(trigger => timeless(trigger.status)))
})
