// Topics as Redis's pub/sub: one connection that publishes, one that listens for all subscribers of the process.
import { createInbox, type Inbox } from './inbox.ts'
import type { RedisConnection } from './redis.ts'
import { StoreUnavailable } from './store.ts'
import type { Topics } from './topics.ts'

/** Channels are called `SERVICE:TOPIC`, so that services share a server without hearing each other. */
export async function openRedisTopics(service: string, connect: () => Promise<RedisConnection>): Promise<Topics> {
  const [speaker, listener] = [await connect(), await connect()]
  const inboxes = new Map<string, Set<Inbox>>()
  const channelOf = (topic: string) => `${service}:${topic}`

  listener.client.on('message', (channel: string, text: string) => {
    const message: unknown = JSON.parse(text)
    for (const inbox of inboxes.get(channel) ?? []) inbox.push(message)
  })
  // What is said while the connection is lost is never heard: whoever listens must know.
  listener.client.on('close', () => {
    const all = [...inboxes.values()].flatMap(each => [...each])
    for (const inbox of all)
      inbox.end(new StoreUnavailable('the connection to Redis was lost: messages may be missing'))
  })

  const leave = (channel: string, inbox: Inbox) => {
    const group = inboxes.get(channel)
    group?.delete(inbox)
    if (group?.size !== 0) return
    inboxes.delete(channel)
    if (listener.client.status === 'ready') listener.client.unsubscribe(channel).catch(() => {})
  }

  return {
    async publish(topic, message) {
      await speaker.run(client => client.publish(channelOf(topic), JSON.stringify(message ?? null)))
    },
    async subscribe(topic, signal) {
      const channel = channelOf(topic)
      // A connection that is yet to be made may fail first; only one that was there can be lost to a listener.
      await listener.run(client => client.ping())
      const inbox = createInbox(ended => leave(channel, ended))
      const group = inboxes.get(channel) ?? new Set()
      inboxes.set(channel, group.add(inbox))
      try {
        await listener.run(client => client.subscribe(channel))
      } catch (error) {
        inbox.end()
        throw error
      }
      if (signal?.aborted) inbox.end()
      signal?.addEventListener('abort', () => inbox.end(), { once: true })
      return inbox
    },
    async close() {
      for (const inbox of [...inboxes.values()].flatMap(each => [...each])) inbox.end()
      speaker.close()
      listener.close()
    },
  }
}
