import type { ConfirmChannel } from 'amqplib'
import { beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import { LogFull } from '../log/capacity.ts'
import type { OutgoingMessage } from './message.ts'
import { NotConfirmed, Publisher } from './publisher.ts'

type Confirm = (error: Error | null) => void

/** A channel as the client has it: it confirms when the test says so. */
class Channel {
  readonly sent: string[] = []
  readonly confirms: Confirm[] = []
  failure: Error | undefined

  get asChannel(): ConfirmChannel {
    return this as unknown as ConfirmChannel
  }

  publish(_exchange: string, _key: string, content: Buffer, _options: object, confirm: Confirm): boolean {
    if (this.failure) throw this.failure
    this.sent.push(content.toString())
    this.confirms.push(confirm)
    return true
  }
}

const message = (text: string): OutgoingMessage => ({ content: Buffer.from(text), options: {}, bytes: text.length })

let clock: FakeClock
let publisher: Publisher
let channel: Channel
beforeEach(() => {
  clock = new FakeClock()
  publisher = new Publisher(clock, { maxWaiting: 10, maxWaitingBytes: 100, confirmWithinMs: 5_000 })
  channel = new Channel()
})

/** What became of a publication so far. */
function watched(text: string, reserve = false) {
  const seen: { outcome?: unknown } = {}
  publisher.publish('x', message(text), reserve).then(
    () => (seen.outcome = 'taken'),
    error => (seen.outcome = error),
  )
  return seen
}

describe('a publisher', () => {
  it('is done with a message when the server confirms it, in whatever order', async () => {
    publisher.begin(channel.asChannel)
    const [a, b] = [watched('a'), watched('b')]
    channel.confirms[1]?.(null)
    await clock.advance(0)
    expect([a.outcome, b.outcome]).toEqual([undefined, 'taken'])
    channel.confirms[0]?.(null)
    await clock.advance(0)
    expect(a.outcome).toBe('taken')
  })

  it('tells the sender of what the server refuses', async () => {
    publisher.begin(channel.asChannel)
    const refused = watched('a')
    channel.confirms[0]?.(new Error('message nacked'))
    await clock.advance(0)
    expect(refused.outcome).toBeInstanceOf(NotConfirmed)
  })

  it('holds messages until the server is there, and sends them in order', async () => {
    const early = [watched('a'), watched('b')]
    publisher.begin(channel.asChannel)
    expect(channel.sent).toEqual(['a', 'b'])
    for (const confirm of channel.confirms) confirm(null)
    await clock.advance(0)
    expect(early.map(each => each.outcome)).toEqual(['taken', 'taken'])
  })

  it('sends again what was not confirmed when the channel was lost, and takes no answer of the old one', async () => {
    publisher.begin(channel.asChannel)
    const sent = watched('a')
    publisher.pause('lost')
    channel.confirms[0]?.(new Error('channel closed'))
    const next = new Channel()
    publisher.begin(next.asChannel)
    await clock.advance(0)
    expect([next.sent, sent.outcome]).toEqual([['a'], undefined])
    next.confirms[0]?.(null)
    await clock.advance(0)
    expect(sent.outcome).toBe('taken')
  })

  it('gives a message back when the server stays away, and refuses at once from then on', async () => {
    publisher.begin(channel.asChannel)
    publisher.pause('connect ECONNREFUSED')
    const waiting = watched('a')
    await clock.advance(4_900)
    expect(waiting.outcome).toBeUndefined()
    await clock.advance(400)
    expect(waiting.outcome).toBeInstanceOf(NotConfirmed)
    expect(String(waiting.outcome)).toMatch(/within 5000 ms: connect ECONNREFUSED/)
    const late = watched('b')
    await clock.advance(0)
    expect(late.outcome).toBeInstanceOf(NotConfirmed)
    publisher.begin(channel.asChannel)
    expect(channel.sent).toEqual([])
  })

  it('gives a message back that a blocked server does not confirm', async () => {
    publisher.begin(channel.asChannel)
    const waiting = watched('a')
    await clock.advance(5_500)
    expect(String(waiting.outcome)).toMatch(/it does not confirm/)
  })

  it.each<[string, string, number]>([
    ['messages', 'a', 9],
    ['bytes', 'x'.repeat(20), 4],
  ])('holds a bounded number of %s; replies find room a little longer', async (_what, text, room) => {
    const held = Array.from({ length: room }, () => watched(text))
    const refused = watched(text)
    const reply = watched(text, true)
    const refusedReply = watched(text, true)
    await clock.advance(0)
    expect(held.map(each => each.outcome)).toEqual(held.map(() => undefined))
    expect([refused.outcome, refusedReply.outcome]).toEqual([expect.any(LogFull), expect.any(LogFull)])
    expect(reply.outcome).toBeUndefined()
  })

  it('has room again for what was confirmed', async () => {
    publisher.begin(channel.asChannel)
    for (let round = 0; round < 50; round++) {
      const sent = watched('x'.repeat(50))
      channel.confirms.at(-1)?.(null)
      await clock.advance(0)
      expect(sent.outcome).toBe('taken')
    }
  })

  it('keeps a message when the channel closed under it, and refuses one that cannot be encoded', async () => {
    publisher.begin(channel.asChannel)
    channel.failure = new Error('Channel closed')
    const kept = watched('a')
    channel.failure = new RangeError('too large')
    const refused = watched('b')
    await clock.advance(0)
    expect(kept.outcome).toBeUndefined()
    expect(refused.outcome).toBeInstanceOf(RangeError)
  })

  it('gives everything back when it stops', async () => {
    const waiting = watched('a')
    publisher.stop()
    await clock.advance(0)
    expect(String(waiting.outcome)).toMatch(/the runtime stops/)
  })
})
