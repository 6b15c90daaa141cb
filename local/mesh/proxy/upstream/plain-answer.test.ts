import { describe, expect, it } from 'vitest'
import type { AnswerSink } from '../client.ts'
import { answerPlainly } from './plain-answer.ts'

/** What the sink was told, in order. */
function told(method: string, status: number, body: string, headers?: Record<string, string>): unknown[] {
  const calls: unknown[] = []
  const unused = () => {
    throw new Error('not for a plain answer')
  }
  const sink: AnswerSink = {
    head: (head, framing) => void calls.push(head.status, head.headers, framing),
    body: data => void calls.push(data.toString()),
    end: () => void calls.push('end'),
    flush: () => calls.push('flush') > 0,
    ...{ interim: unused, cut: unused, resume: unused, tunnel: unused },
  }
  answerPlainly(sink, method, status, body, headers)
  return calls
}

describe('an answer written behind the gateway', () => {
  it('counts its body in UTF-8', () => {
    const headers = ['content-type', 'text/plain; charset=utf-8', 'retry-after', '3', 'content-length', '7']
    expect(told('GET', 503, 'größe', { 'Retry-After': '3' })).toEqual([503, headers, 7, 'größe', 'end', 'flush'])
  })

  it('keeps a content-type given for it, and sends nothing where there is nothing', () => {
    const headers = ['content-type', 'a/b', 'content-length', '0']
    expect(told('GET', 200, '', { 'content-type': 'a/b' })).toEqual([200, headers, 0, 'end', 'flush'])
  })

  it('gives HEAD the length and no body', () => {
    const headers = ['content-type', 'text/plain; charset=utf-8', 'content-length', '2']
    expect(told('HEAD', 404, 'no')).toEqual([404, headers, 0, 'end', 'flush'])
  })
})
