// The program behind the wire tests: a plain Node server that does what its path says.
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'

const piece = Buffer.alloc(64 * 1024, 97)

const acts = {
  '/echo': (request, answer) => request.pipe(answer),
  '/seen': (request, answer) => answer.end(JSON.stringify(request.rawHeaders)),
  '/204': (_request, answer) => answer.writeHead(204).end(),
  '/304': (_request, answer) => answer.writeHead(304, { etag: '"1"' }).end(),
  '/length': (_request, answer) => answer.writeHead(200, { 'content-length': '5' }).end('hello'),
  '/trailers'(request, answer) {
    request.resume().on('end', () => {
      answer.writeHead(200, { trailer: 'x-sum', 'x-got': JSON.stringify(request.trailers) })
      answer.write('body')
      answer.addTrailers({ 'x-sum': '4' })
      answer.end()
    })
  },
  '/sse'(_request, answer) {
    answer.writeHead(200, { 'content-type': 'text/event-stream' })
    let count = 0
    const tick = setInterval(() => {
      answer.write(`data: ${++count}\n\n`)
      if (count === 3) {
        clearInterval(tick)
        answer.end()
      }
    }, 60)
  },
  // Swallows the body at about a megabyte each 10 ms, and says how long it was.
  '/slow-reader'(request, answer) {
    let bytes = 0
    let since = 0
    request.on('data', data => {
      bytes += data.length
      since += data.length
      if (since < 2 ** 20) return
      since = 0
      request.pause()
      setTimeout(() => request.resume(), 10)
    })
    request.on('end', () => answer.end(String(bytes)))
  },
  '/download'(request, answer) {
    let left = Number(new URL(request.url, 'http://x').searchParams.get('bytes'))
    answer.writeHead(200, { 'content-length': String(left) })
    const more = () => {
      while (left > 0) {
        const data = left < piece.length ? piece.subarray(0, left) : piece
        left -= data.length
        if (!answer.write(data)) return answer.once('drain', more)
      }
      answer.end()
    }
    more()
  },
}

const server = createServer((request, answer) => {
  const act = acts[request.url.split('?')[0]]
  if (act) act(request, answer)
  else answer.end(`you asked for ${request.url}`)
})
server.on('checkContinue', (request, answer) => {
  if (request.url === '/refuse') return answer.writeHead(417, { connection: 'close' }).end()
  answer.writeContinue()
  request.pipe(answer)
})
server.on('upgrade', (request, socket) => {
  const accept = createHash('sha1').update(
    `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`,
  )
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${accept.digest('base64')}\r\n\r\n`,
  )
  // Bytes come back as they are: a frame is an echo of itself.
  socket.on('error', () => {}).pipe(socket)
})
server.listen(Number(process.env.PORT), '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
