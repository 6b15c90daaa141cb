import { connect } from 'node:http2'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { FrameReader } from './frame-reader.ts'
import { HpackDecoder } from './hpack-decoder.ts'
import { decodeHuffman } from './huffman.ts'
import { frameTypes, preface } from './protocol.ts'

describe('the Huffman code', () => {
  it.each([
    ['f1e3c2e5f23a6ba0ab90f4ff', 'www.example.com'],
    ['a8eb10649cbf', 'no-cache'],
    ['25a849e95ba97d7f', 'custom-key'],
    ['', ''],
  ])('%s reads %j', (hex, text) => {
    expect(decodeHuffman(Buffer.from(hex, 'hex'))).toBe(text)
  })

  it('reads every character another implementation writes', async () => {
    // Node's client writes Huffman codes wherever they are shorter: repeated, a character's own code decides that.
    const characters = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).filter(
      one => one !== ' ',
    )
    const headers = Object.fromEntries(characters.map((one, index) => [`x-${index}`, `${one}${'e'.repeat(40)}${one}`]))
    const received = await headersOnTheWire(headers)
    for (const [name, value] of Object.entries(headers)) expect(received.get(name)).toBe(value)
  })
})

/** What Node's HTTP/2 client sends for these headers, read from the bytes of its connection. */
async function headersOnTheWire(headers: Record<string, string>): Promise<Map<string, string>> {
  const { promise, resolve } = Promise.withResolvers<Map<string, string>>()
  const reader = new FrameReader()
  const decoder = new HpackDecoder()
  const server = createServer(socket => {
    let skipped = 0
    socket.on('data', data => {
      const begin = Math.min(data.length, preface.length - skipped)
      skipped += begin
      reader.feed(data.subarray(begin), ({ type, payload, flags }) => {
        if (type !== frameTypes.headers) return
        const block = flags & 0x20 ? payload.subarray(5) : payload
        const list = decoder.decode(block, 1 << 20).headers
        const pairs = list.flatMap((name, index) => (index % 2 ? [] : [[name, list[index + 1] ?? ''] as const]))
        resolve(new Map(pairs))
      })
    })
    socket.on('error', () => {})
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  session.on('error', () => {})
  session.request({ ':path': '/', ...headers }).on('error', () => {})
  const received = await promise
  session.destroy()
  server.close()
  return received
}
