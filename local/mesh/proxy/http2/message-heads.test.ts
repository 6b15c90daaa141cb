import { describe, expect, it } from 'vitest'
import { framings } from '../../codec/framing.ts'
import { framingOf, requestHeadOf, responseFramingOf, responseHeadOf } from './message-heads.ts'

const request = (...more: string[]) =>
  requestHeadOf([':method', 'GET', ':scheme', 'http', ':path', '/a?b', ':authority', 'h:80', ...more])

describe('the head of a request', () => {
  it('has its pseudo headers in their places, and all others in order', () => {
    expect(request('x-a', '1', 'content-type', 'text/plain', 'x-a', '2', 'content-length', '7')).toMatchObject({
      ...{ method: 'GET', target: '/a?b', host: 'h:80', contentType: 'text/plain', contentLength: 7 },
      headers: ['x-a', '1', 'content-type', 'text/plain', 'x-a', '2', 'content-length', '7'],
    })
  })

  it('joins a cookie that the client cut into pairs, in the place of the first', () => {
    expect(request('cookie', 'a=1', 'x-a', '1', 'cookie', 'b=2', 'cookie', 'c=3').headers).toEqual([
      ...['cookie', 'a=1; b=2; c=3', 'x-a', '1'],
    ])
  })

  it('takes the authority for the host, and a host header where there is none', () => {
    expect(request('host', 'other').host).toBe('h:80')
    expect(requestHeadOf([':method', 'GET', ':path', '/', 'host', 'one', 'host', 'two']).host).toBe('one')
    expect(requestHeadOf([':method', 'GET', ':path', '/']).host).toBeUndefined()
  })

  it.each([
    ['a method that is no token', 'GE T', '/'],
    ['no method', '', '/'],
    ['a path with a space', 'GET', '/a b'],
    ['a path that would begin a line of its own', 'GET', '/\r\nx-a: 1'],
    ['a path with a control character', 'GET', '/\u0001'],
  ])('refuses %s: HTTP/1.1 could not say it', (_, method, path) => {
    expect(() => requestHeadOf([':method', method, ':path', path])).toThrow(
      expect.objectContaining({ message: expect.stringContaining('bad_request_line') }),
    )
  })
})

describe('a body', () => {
  const ofLength = (length: string) => request('content-length', length)
  it.each([
    ['is none where the stream ended with the head', request(), true, 0],
    ['is none even where a length was said', ofLength('7'), true, 0],
    ['is as long as the head says', ofLength('7'), false, 7],
    ['goes on to the stream’s end where nothing is said', request(), false, framings.chunked],
  ])('%s', (_, head, end, framing) => expect(framingOf(head, end)).toBe(framing))

  const answer = (status: string, ...more: string[]) => responseHeadOf([':status', status, ...more])
  it.each([
    ['of an answer before the answer is none yet', '103', 'GET', false, framings.interim],
    ['of an answer to HEAD is none, whatever its length', '200', 'HEAD', false, 0],
    ['of 204 is none', '204', 'GET', false, 0],
    ['of 304 is none', '304', 'GET', false, 0],
    ['of 200 is as long as it says', '200', 'GET', false, 5],
  ])('%s', (_, status, method, end, framing) => {
    expect(responseFramingOf(answer(status, 'content-length', '5'), method, end)).toBe(framing)
  })
})

it('the head of an answer has its status as a number', () => {
  expect(responseHeadOf([':status', '404', 'content-type', 'application/grpc', 'x-a', '1'])).toMatchObject({
    ...{ status: 404, minorVersion: 1, contentType: 'application/grpc' },
    headers: ['content-type', 'application/grpc', 'x-a', '1'],
  })
})
