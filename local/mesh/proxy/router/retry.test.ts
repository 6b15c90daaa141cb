import { describe, expect, it } from 'vitest'
import { answering } from '../../testing/backend.ts'
import { countedUpstreams } from '../../testing/counted-upstreams.ts'
import { eventually } from '../../testing/raw-client.ts'
import { ask, backendOf, deadPort, host, worldBefore, worldOf } from '../gateway-harness.ts'

describe('another try', () => {
  const post = `POST / HTTP/1.1\r\n${host}content-length: 2\r\n\r\nhi`

  it('goes to another instance when one dies before it answered', async () => {
    const dying = await backendOf(socket => void socket.destroy())
    const healthy = await backendOf(answering('alive'))
    const { port, upstreams } = await worldOf(countedUpstreams(dying.port, dying.port, healthy.port))
    await ask(port, `PUT /a HTTP/1.1\r\n${host}content-length: 5\r\n\r\nhello`).until('alive')
    expect([upstreams.failed, upstreams.released]).toEqual([2, 1])
    expect(healthy.received[0]).toMatch(/^PUT \/a .*\r\n\r\nhello$/s)
  })

  it('is made of a POST only when no connection came about', async () => {
    const healthy = await backendOf(answering('alive'))
    const { port } = await worldOf(countedUpstreams(await deadPort(), healthy.port))
    await ask(port, post).until('alive')
    expect(healthy.received[0]).toMatch(/hi$/)
  })

  it('is not made of a PUT too large to keep', async () => {
    const dying = await backendOf((socket, text) => {
      if (text.includes('z')) socket.destroy()
    })
    const { port, upstreams } = await worldOf(countedUpstreams(dying.port))
    const body = `${'a'.repeat(200_000)}z`
    const client = ask(port, `PUT / HTTP/1.1\r\n${host}content-length: ${body.length}\r\n\r\n${body}`)
    expect(await client.until('termination')).toContain('503')
    expect(upstreams.granted).toBe(1)
  })

  it('is made on a fresh connection when a kept one dies', async () => {
    const { port, backend, upstreams } = await worldBefore((socket, text, index) => {
      if (index === 0 && text.includes('/second')) socket.destroy()
      else answering('ok')(socket)
    })
    const client = ask(port, `GET /first HTTP/1.1\r\n${host}\r\n`)
    await client.until('ok')
    await client.send(`GET /second HTTP/1.1\r\n${host}\r\n`).until(text => text.split('\r\n\r\nok').length === 3)
    expect([backend.connections.length, upstreams.granted, upstreams.failed]).toEqual([2, 2, 0])
  })

  it('does not use a connection that died idle', async () => {
    const { port, backend } = await worldBefore(answering('ok'))
    const client = ask(port, `GET / HTTP/1.1\r\n${host}\r\n`)
    await client.until('ok')
    backend.connections[0]?.destroy()
    await client.send(post).until(text => text.split('\r\n\r\nok').length === 3)
    expect(backend.connections.length).toBe(2)
  })

  it('does not use a connection its function promised to close', async () => {
    const { port, backend } = await worldBefore(answering('ok', 'keep-alive: timeout=1\r\n'))
    const client = ask(port, `GET / HTTP/1.1\r\n${host}\r\n`)
    await client.until('ok')
    await client.send(post).until(text => text.split('\r\n\r\nok').length === 3)
    expect(backend.connections.length).toBe(2)
  })
})

describe('waiting for an instance', () => {
  it('holds the request until a place is granted', async () => {
    const { port, upstreams, backend } = await worldBefore()
    const { promise, resolve } = Promise.withResolvers<ReturnType<typeof upstreams.grant>>()
    let asked = false
    upstreams.instead = () => {
      asked = true
      return { granted: promise, cancel: () => {} }
    }
    const client = ask(port, `POST / HTTP/1.1\r\n${host}content-length: 5\r\n\r\nhello`)
    await eventually(() => asked)
    resolve(upstreams.grant())
    await client.until('\r\n\r\nhi')
    expect(backend.received[0]).toMatch(/hello$/)
  })

  it('is given up when the client goes away', async () => {
    const { port, upstreams, records } = await worldBefore()
    let cancelled = 0
    let asked = false
    upstreams.instead = () => {
      asked = true
      return { granted: new Promise(() => {}), cancel: () => void cancelled++ }
    }
    const client = ask(port, `GET / HTTP/1.1\r\n${host}\r\n`)
    await eventually(() => asked)
    client.close()
    await eventually(() => cancelled === 1)
    expect(records[0]).toMatchObject({ flags: 'DC', status: 0 })
  })
})
