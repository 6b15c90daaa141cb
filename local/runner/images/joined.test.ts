import { describe, expect, it } from 'vitest'
import { joined } from './joined.ts'

/** Work that notes what it was called with, and takes a turn of the event loop. */
function noted(fails: (request: string) => boolean = () => false) {
  const calls: (readonly string[])[] = []
  const ask = joined(
    (request: string) => request[0] ?? '',
    async requests => {
      calls.push(requests)
      await new Promise(resolve => setImmediate(resolve))
      const flaw = requests.find(fails)
      if (flaw) throw new Error(`${flaw} failed`)
      return requests.map(request => request.toUpperCase())
    },
  )
  return { calls, ask }
}

describe('joined work', () => {
  it('is done at once for those that come in one turn, each with its own result', async () => {
    const { calls, ask } = noted()
    expect(await Promise.all(['a1', 'a2', 'a3'].map(ask))).toEqual(['A1', 'A2', 'A3'])
    expect(calls).toEqual([['a1', 'a2', 'a3']])
  })

  it('is done together for those that come while it runs', async () => {
    const { calls, ask } = noted()
    const first = ask('a1')
    await Promise.resolve()
    await Promise.resolve()
    await Promise.all([first, ask('a2'), ask('a3')])
    await ask('a4')
    expect(calls).toEqual([['a1'], ['a2', 'a3'], ['a4']])
  })

  it('is never joined with work of another key', async () => {
    const { calls, ask } = noted()
    await Promise.all(['a1', 'b1', 'a2'].map(ask))
    expect(calls.map(call => call.join())).toEqual(['a1,a2', 'b1'])
  })

  it('that fails is repeated one by one: the error is that of its own request', async () => {
    const { ask } = noted(request => request === 'a2')
    const results = await Promise.allSettled(['a1', 'a2', 'a3'].map(ask))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(results[1]).toMatchObject({ reason: new Error('a2 failed') })
  })
})
