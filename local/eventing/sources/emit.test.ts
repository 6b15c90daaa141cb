import { beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import { seededRandom } from '../../kernel/random.ts'
import type { SendRequest } from '../../seams/send.ts'
import { createEmit } from './emit.ts'

let clock: FakeClock
let sent: { at: number; request: SendRequest }[]
let logged: string[]
beforeEach(() => {
  clock = new FakeClock(0)
  sent = []
  logged = []
})

/** Sends one event to a sink that answers so, one answer a try; the last one stays. Resolves when it is settled. */
async function emit(answers: readonly (number | 'away')[]): Promise<void> {
  const send = async (request: SendRequest) => {
    const answer = answers[Math.min(sent.length, answers.length - 1)] ?? 'away'
    sent.push({ at: clock.now(), request })
    if (answer === 'away') throw new Error('ECONNREFUSED')
    return { status: answer, headers: [], body: Buffer.alloc(0) }
  }
  const log = (_level: string, message: string) => void logged.push(message)
  const tell = createEmit({ clock, random: seededRandom(1), log, send })
  const attributes = { type: 'dev.knative.sources.ping', source: '/ping' }
  const done = tell('ping app/p', 'app', 'http://sink', { attributes, data: Buffer.from('{}') })
  await clock.advance(60_000)
  await done
}

const ids = () => new Set(sent.map(({ request: { headers } }) => headers[headers.indexOf('ce-id') + 1]))

describe('an event of a source', () => {
  it.each<[string, (number | 'away')[], number]>([
    ['is taken by any 2xx', [204], 1],
    ['is tried again while the sink is busy', [503, 429, 202], 3],
    ['is tried again while nobody answers', ['away', 'away', 200], 3],
    ['is not tried again when it was refused', [400], 1],
    ['is given up after five more tries', [500], 6],
  ])('%s', async (_, answers, tries) => {
    await emit(answers)
    expect(sent).toHaveLength(tries)
  })

  it('waits twice as long before each further try', async () => {
    await emit([503])
    expect(sent.map(({ at }) => at)).toEqual([0, 50, 150, 350, 750, 1_550])
  })

  it('is the same event with each try', async () => {
    await emit([503, 503, 200])
    expect(ids().size).toBe(1)
  })

  it.each<[string, (number | 'away')[], string[]]>([
    ['nothing of one that was taken', [503, 200], []],
    [
      'whose it was, and what the sink said last',
      [500, 404],
      ['ping app/p: http://sink answered 404, the event is lost'],
    ],
    ['of one that was refused', [400], ['ping app/p: http://sink answered 400, the event is lost']],
    ['of one that nobody answered to', ['away'], ['ping app/p: http://sink answered 500, the event is lost']],
  ])('the log is told %s', async (_, answers, lines) => {
    await emit(answers)
    expect(logged).toEqual(lines)
  })
})
