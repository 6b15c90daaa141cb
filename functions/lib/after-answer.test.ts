import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { afterAnswer } from './after-answer.ts'

const app = (work: () => Promise<void>) =>
  new Hono().get('/', c => {
    afterAnswer(c, work())
    return c.text('answered')
  })

it('work is handed to the host that answers', async () => {
  const handed: Promise<unknown>[] = []
  const context = {
    waitUntil: (work: Promise<unknown>) => void handed.push(work),
    passThroughOnException() {},
    props: {},
  }
  const work = Promise.resolve()
  expect(await (await app(() => work).request('/', {}, {}, context)).text()).toBe('answered')
  expect(handed).toEqual([work])
})

it('without such a host it goes on, and its failure is nobody’s', async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>()
  const done: string[] = []
  const work = async () => {
    await gate
    done.push('work')
    throw new Error('too late for anybody')
  }
  expect(await (await app(work).request('/')).text()).toBe('answered')
  expect(done).toEqual([])
  open()
  await expect.poll(() => done).toEqual(['work'])
})
