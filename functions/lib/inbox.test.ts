import { describe, expect, it } from 'vitest'
import { createInbox } from './inbox.ts'

describe('an inbox', () => {
  it('gives what waits, then what comes', async () => {
    const inbox = createInbox(() => {})
    inbox.push(1)
    const taken = [await inbox.next()]
    const waiting = inbox.next()
    inbox.push(2)
    taken.push(await waiting)
    expect(taken.map(each => each.value)).toEqual([1, 2])
  })

  it('gives the rest before it ends, or fails', async () => {
    const [ends, fails] = [createInbox(() => {}), createInbox(() => {})]
    for (const inbox of [ends, fails]) inbox.push(1)
    ends.end()
    fails.end(new Error('lost'))
    for (const inbox of [ends, fails]) expect((await inbox.next()).value).toBe(1)
    expect((await ends.next()).done).toBe(true)
    await expect(fails.next()).rejects.toThrow('lost')
  })

  it('takes nothing after its end, and tells of the end once', async () => {
    const ended: unknown[] = []
    const inbox = createInbox(each => ended.push(each))
    inbox.end()
    inbox.end(new Error('late'))
    inbox.push(1)
    await inbox.return?.()
    expect((await inbox.next()).done).toBe(true)
    expect(ended).toEqual([inbox])
  })

  it('drops what waits when its taker leaves', async () => {
    const inbox = createInbox(() => {})
    inbox.push(1)
    for await (const _message of inbox) break
    inbox.push(2)
    expect((await inbox.next()).done).toBe(true)
  })

  it('wakes a taker that waits when it ends', async () => {
    const inbox = createInbox(() => {})
    const waiting = inbox.next()
    inbox.end()
    expect((await waiting).done).toBe(true)
  })
})
