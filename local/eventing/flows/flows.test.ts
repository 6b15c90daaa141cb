import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Parallel, Sequence } from '../../api/flows/types.ts'
import type { Subscription } from '../../api/messaging/types.ts'
import { ControlWorld, serviceRef } from '../testing/control-world.ts'

const api = 'flows.knative.dev/v1'

let world: ControlWorld
beforeEach(() => {
  world = new ControlWorld()
  for (const name of ['a', 'b', 'c', 'end']) world.service(name)
})
afterEach(() => world.stop())

const subscription = (name: string) => world.get<Subscription>('messaging', 'Subscription', name)
const uris = (name: string) => subscription(name)?.status?.physicalSubscription
const channelUrl = (name: string) => `http://${name}-kn-channel.app.svc.cluster.local`
const url = (name: string) => `http://${name}.app.svc.cluster.local`
const named = (kind: string) =>
  world.store.list({ group: 'messaging.knative.dev', kind }).map(({ metadata }) => metadata.name)

describe('a Sequence', () => {
  const steps = ['a', 'b', 'c'].map(serviceRef)

  it('is a channel and a subscription for each step, each answering into the next channel', async () => {
    await world.apply(api, 'Sequence', 'flow', { steps, reply: serviceRef('end') })
    expect(named('InMemoryChannel')).toEqual([0, 1, 2].map(index => `flow-kn-sequence-${index}`))
    expect([0, 1, 2].map(index => uris(`flow-kn-sequence-${index}`))).toEqual([
      { subscriberUri: url('a'), replyUri: channelUrl('flow-kn-sequence-1') },
      { subscriberUri: url('b'), replyUri: channelUrl('flow-kn-sequence-2') },
      { subscriberUri: url('c'), replyUri: url('end') },
    ])
  })

  it('is ready with all its parts, at the address of its first channel', async () => {
    await world.apply(api, 'Sequence', 'flow', { steps })
    expect(world.conditions('flows', 'Sequence', 'flow')).toEqual({
      ...{ Addressable: 'True', ChannelsReady: 'True', EventPoliciesReady: 'True' },
      ...{ Ready: 'True', SubscriptionsReady: 'True' },
    })
    const status = world.get<Sequence>('flows', 'Sequence', 'flow')?.status
    expect(status?.address).toEqual({ url: channelUrl('flow-kn-sequence-0') })
    expect(status?.channelStatuses?.map(one => [one.channel.name, one.ready.status])).toEqual(
      [0, 1, 2].map(index => [`flow-kn-sequence-${index}`, 'True']),
    )
    expect(status?.subscriptionStatuses).toHaveLength(3)
  })

  it('waits for a step that has no address yet', async () => {
    await world.apply(api, 'Sequence', 'flow', { steps: [serviceRef('late')] })
    expect(world.conditions('flows', 'Sequence', 'flow')).toMatchObject({
      SubscriptionsReady: 'Unknown SubscriptionsNotReady',
    })
    world.service('late')
    await world.settle()
    expect(world.conditions('flows', 'Sequence', 'flow')).toMatchObject({ Ready: 'True' })
  })

  it('each step has its own delivery spec', async () => {
    await world.apply(api, 'Sequence', 'flow', { steps: [{ ...serviceRef('a'), delivery: { retry: 4 } }] })
    expect([...world.consumers.values()].map(one => one.route.policy.retries)).toEqual([4])
  })

  it('drops the parts of steps taken out, and puts back what somebody deleted', async () => {
    await world.apply(api, 'Sequence', 'flow', { steps })
    await world.apply(api, 'Sequence', 'flow', { steps: steps.slice(0, 1) })
    expect(named('InMemoryChannel')).toEqual(['flow-kn-sequence-0'])
    expect(named('Subscription')).toEqual(['flow-kn-sequence-0'])
    const key = {
      group: 'messaging.knative.dev',
      kind: 'InMemoryChannel',
      namespace: 'app',
      name: 'flow-kn-sequence-0',
    }
    world.store.delete(key)
    await world.settle()
    expect(named('InMemoryChannel')).toEqual(['flow-kn-sequence-0'])
    expect(world.conditions('flows', 'Sequence', 'flow')).toMatchObject({ Ready: 'True' })
  })

  it('of channels that are not there says so', async () => {
    const channelTemplate = { apiVersion: 'x/v1', kind: 'KafkaChannel' }
    await world.apply(api, 'Sequence', 'flow', { steps, channelTemplate })
    expect(world.conditions('flows', 'Sequence', 'flow')).toMatchObject({ ChannelsReady: 'Unknown ChannelsNotReady' })
    expect(JSON.stringify(world.get('flows', 'Sequence', 'flow')?.status)).toContain('no channels of kind KafkaChannel')
  })
})

describe('a Parallel', () => {
  const branches = [
    { filter: serviceRef('a'), subscriber: serviceRef('b') },
    { subscriber: serviceRef('c'), reply: { uri: 'http://own' }, delivery: { retry: 2 } },
  ]

  it('filters into a channel of each branch, and answers to the branch’s reply or that of all', async () => {
    await world.apply(api, 'Parallel', 'flow', { branches, reply: serviceRef('end') })
    expect(named('InMemoryChannel')).toEqual(['flow-kn-parallel', 'flow-kn-parallel-0', 'flow-kn-parallel-1'])
    expect(uris('flow-kn-parallel-filter-0')).toEqual({
      subscriberUri: url('a'),
      replyUri: channelUrl('flow-kn-parallel-0'),
    })
    expect(uris('flow-kn-parallel-filter-1')).toEqual({ subscriberUri: channelUrl('flow-kn-parallel-1') })
    expect(uris('flow-kn-parallel-0')).toEqual({ subscriberUri: url('b'), replyUri: url('end') })
    expect(uris('flow-kn-parallel-1')).toEqual({ subscriberUri: url('c'), replyUri: 'http://own' })
    expect(subscription('flow-kn-parallel-1')?.spec.delivery).toEqual({ retry: 2 })
  })

  it('its filters are tried again as the channel says, its subscribers as their branch does; what is given up has one sink', async () => {
    const channelTemplate = {
      apiVersion: 'messaging.knative.dev/v1',
      kind: 'InMemoryChannel',
      spec: { delivery: { retry: 5, deadLetterSink: { uri: 'http://lost' } } },
    }
    await world.apply(api, 'Parallel', 'flow', { channelTemplate, branches })
    const policies = ['filter-0', '0', '1'].map(name => {
      const route = [...world.consumers.values()].find(one => one.name === `app/flow-kn-parallel-${name}`)?.route
      return [route?.policy.retries, route?.deadLetterSink]
    })
    expect(policies).toEqual([
      [5, 'http://lost'],
      [5, 'http://lost'],
      [2, 'http://lost'],
    ])
  })

  it('is ready with all its parts, at the address of its ingress channel', async () => {
    await world.apply(api, 'Parallel', 'flow', { branches })
    expect(world.conditions('flows', 'Parallel', 'flow')).toMatchObject({ Ready: 'True', Addressable: 'True' })
    const status = world.get<Parallel>('flows', 'Parallel', 'flow')?.status
    expect(status?.address?.url).toBe(channelUrl('flow-kn-parallel'))
    expect(status?.ingressChannelStatus).toMatchObject({
      channel: { name: 'flow-kn-parallel' },
      ready: { status: 'True' },
    })
    expect(status?.branchStatuses?.map(one => one.filterSubscriptionStatus.subscription.name)).toEqual([
      ...['flow-kn-parallel-filter-0', 'flow-kn-parallel-filter-1'],
    ])
  })

  it('with a branch that has nowhere to go is not ready', async () => {
    await world.apply(api, 'Parallel', 'flow', { branches: [{ subscriber: serviceRef('none') }] })
    expect(world.conditions('flows', 'Parallel', 'flow')).toMatchObject({
      ...{ ChannelsReady: 'True', Ready: 'False SubscriptionsNotReady' },
    })
  })

  it('drops the parts of branches taken out', async () => {
    await world.apply(api, 'Parallel', 'flow', { branches })
    await world.apply(api, 'Parallel', 'flow', { branches: branches.slice(0, 1) })
    expect(named('Subscription')).toEqual(['flow-kn-parallel-0', 'flow-kn-parallel-filter-0'])
  })
})
