import { describe, expect, it } from 'vitest'
import type { Env } from '../../lib/env.ts'
import app, { surroundings } from './app.ts'

/** A load tester whose answers come when the test lets them; `works` is what goes on behind its answers. */
function tester() {
  const env: Env = { LOG_LEVEL: 'silent' }
  const asked: string[] = []
  const works: Promise<unknown>[] = []
  const gate = Promise.withResolvers<void>()
  surroundings.provide(env, {
    now: () => 0,
    pause: () => Promise.resolve(),
    async ask({ url, headers }) {
      asked.push(`${url} ${JSON.stringify(headers)}`)
      await gate.promise
      return 200
    },
  })
  const context = {
    waitUntil: (work: Promise<unknown>) => void works.push(work),
    passThroughOnException() {},
    props: {},
  }
  const post = (payload: unknown) => app.request('/', { method: 'POST', body: JSON.stringify(payload) }, env, context)
  return { asked, works, post, open: gate.resolve }
}

const step = (cmd: unknown) => ({
  name: 'reviews',
  namespace: 'bookinfo',
  phase: 'Progressing',
  metadata: { type: 'cmd', cmd },
})

describe('the load tester', () => {
  it('answers at once, and makes the load behind its answer', async () => {
    const { post, asked, works, open } = tester()
    expect((await post(step('hey -n 4 -c 2 -H "end-user: jason" http://reviews/0'))).status).toBe(202)
    expect(asked).toEqual(Array(2).fill('http://reviews/0 {"end-user":"jason"}'))
    open()
    await Promise.all(works)
    expect(asked).toHaveLength(4)
  })

  it('does not double what runs already, and runs it again when it ended', async () => {
    const { post, works, open } = tester()
    for (let turn = 0; turn < 3; turn++) expect((await post(step('hey -n 1 -c 1 http://a/'))).status).toBe(202)
    expect(works).toHaveLength(1)
    open()
    await Promise.all(works)
    await post(step('hey -n 1 -c 1 http://a/'))
    expect(works).toHaveLength(2)
  })

  it.each([[{}], ['text'], [null], [step(7)], [step('rm -rf /')], [step('hey -z forever http://a/')]])(
    'refuses %j and says why',
    async payload => {
      const { post, works } = tester()
      const answer = await post(payload)
      expect(answer.status).toBe(400)
      expect(await answer.json()).toEqual({ error: expect.stringMatching(/should/) })
      expect(works).toEqual([])
    },
  )
})
