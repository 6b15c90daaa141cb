import { describe, expect, it } from 'vitest'
import type { Attempt } from '../events.ts'
import { finishedRequest } from '../finished-request.ts'
import { EventMetrics } from './event-metrics.ts'

const logged = { event: { attributes: { id: 'e-1', type: 'order.placed' } }, headers: [] }
const attempt = (more: Partial<Attempt> = {}): Attempt => ({
  to: 'http://s/',
  status: 200,
  ms: 40,
  next: 'done',
  ...more,
})

const counts = (metrics: EventMetrics) =>
  (metrics.families()[0]?.points ?? []).filter(({ suffix }) => suffix === '_count')

describe('Knative Eventing’s metrics', () => {
  it('count what a broker’s ingress took, by type and answer', () => {
    const metrics = new EventMetrics()
    const headers = ['ce-type', 'order.placed']
    metrics.received(finishedRequest({ target: '/app/orders', status: 202, headers }))
    metrics.received(finishedRequest({ target: '/app/orders/', status: 202, headers }))
    metrics.received(finishedRequest({ target: '/app/orders', status: 400, headers: [] }))
    expect(
      counts(metrics).map(({ labels, value }) => [labels.cloudevents_type, labels.http_response_status_code, value]),
    ).toEqual([
      ['order.placed', '202', 2],
      ['', '400', 1],
    ])
    expect(counts(metrics)[0]?.labels).toMatchObject({
      ...{ kn_broker_name: 'orders', kn_broker_namespace: 'app', messaging_destination_name: 'broker:orders.app' },
    })
  })

  it('leave out requests that name no broker: anybody may send any number of paths', () => {
    const metrics = new EventMetrics()
    for (const target of ['/', '/app', '/app/none']) metrics.received(finishedRequest({ target, status: 404 }))
    expect(counts(metrics)).toEqual([])
  })

  it('time each delivery, of triggers and of subscriptions, and tell the dead letters apart', () => {
    const metrics = new EventMetrics()
    metrics.tried('k', 'app/payer', attempt(), { broker: 'app/orders', logged })
    metrics.tried('k', 'app/payer', attempt({ deadLetter: true }), { broker: 'app/orders', logged })
    metrics.tried('k', 'app/sub', attempt(), { broker: 'channel:app/pipe', logged })
    expect(counts(metrics).map(({ labels }) => labels)).toMatchObject([
      { messaging_destination_name: 'trigger:payer.app', kn_broker_name: 'orders' },
      { messaging_destination_name: 'trigger:payer.app', kn_sink_kind: 'dead-letter-sink' },
      { messaging_destination_name: 'subscription:sub.app', kn_channel_name: 'pipe', kn_channel_namespace: 'app' },
    ])
    const sum = metrics.families()[0]?.points.find(({ suffix }) => suffix === '_sum')
    expect(sum?.value).toBe(0.04)
  })
})
