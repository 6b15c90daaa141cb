// Gives what a session has to say to its socket, and tells the session when the socket has enough.
import type { Socket } from 'node:net'
import type { Session } from '../../h2/session.ts'

// Up to here copying into one buffer is cheaper than a vectored write.
const worthCopying = 32 * 1_024

export function writeParts(socket: Socket, parts: Buffer[], session: Session): void {
  if (!socket.writable) return
  const [first] = parts
  if (parts.length === 1 && first) socket.write(first)
  else if (bytesOf(parts) <= worthCopying) socket.write(Buffer.concat(parts))
  else {
    socket.cork()
    for (const part of parts) socket.write(part)
    socket.uncork()
  }
  if (socket.writableNeedDrain) session.hold(true)
}

function bytesOf(parts: readonly Buffer[]): number {
  let bytes = 0
  for (const part of parts) bytes += part.length
  return bytes
}
