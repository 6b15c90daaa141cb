import { describe, expect, it } from 'vitest'
import { parseHey } from './hey.ts'

describe('a command of hey', () => {
  it('BKI-38: that of the workshop is two workers at ten a second, for a minute', () => {
    expect(parseHey('hey -z 1m -q 10 -c 2 http://reviews-mesh.bookinfo/reviews/0')).toEqual({
      url: 'http://reviews-mesh.bookinfo/reviews/0',
      ...{ method: 'GET', headers: {}, workers: 2, rate: 10, durationMs: 60_000, requests: 200 },
    })
  })

  it('takes a method and headers, quoted where they have blanks', () => {
    expect(parseHey(`hey -n 3 -m post -H "end-user: jason" -H 'x-a:' http://a/`)).toMatchObject({
      ...{ method: 'POST', requests: 3, headers: { 'end-user': 'jason', 'x-a': '' } },
    })
  })

  it.each([
    ['250ms', 250],
    ['10s', 10_000],
    ['1h', 3_600_000],
  ])('-z %s is so many milliseconds', (text, durationMs) => {
    expect(parseHey(`hey -z ${text} http://a/`)).toMatchObject({ durationMs })
  })

  it.each([
    ['', /begin with hey/],
    ['curl http://a/', /begin with hey/],
    ['hey', /end with a URL/],
    ['hey -z 1m', /end with a URL/],
    ['hey -z 1y http://a/', /-z 1y should be a duration/],
    ['hey -z 2h http://a/', /-z 2h should be a duration/],
    ['hey -z 0s http://a/', /-z 0s should be a duration/],
    ['hey -c 0 http://a/', /-c 0 should be a number/],
    ['hey -c 101 http://a/', /-c 101 should be a number/],
    ['hey -q ten http://a/', /-q ten should be a number/],
    ['hey -H nonsense http://a/', /-H nonsense should be a header/],
    ['hey -cpus 2 http://a/', /hey -cpus is not understood/],
  ])('%j is none, and it is said why', (command, why) => expect(parseHey(command)).toMatch(why))
})
