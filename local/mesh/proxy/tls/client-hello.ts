// Reads a TLS ClientHello without answering it: whom the client asks for, and what it offers to speak.
// RFC 8446 section 4.1.2, RFC 6066 section 3, RFC 7301 section 3.1.

export interface ClientHello {
  /** In lower case; undefined when it names none. */
  serverName: string | undefined
  /** In the client's order (ALPN). */
  applicationProtocols: readonly string[]
}

/** `incomplete` while more bytes are needed; `too long` when nobody should wait for them any longer. */
export type HelloReading = ClientHello | 'not TLS' | 'incomplete' | 'too long'

/** As many bytes as Envoy looks at, and the longest message that BoringSSL takes. */
const mostBytes = 16 * 1024
const recordHeader = 5
const handshakeRecord = 22
const clientHello = 1

const anonymous: ClientHello = { serverName: undefined, applicationProtocols: [] }

/** Like Envoy's inspector it wants the first five bytes before it judges, and takes hellos spread over records. */
export function readClientHello(bytes: Buffer): HelloReading {
  const message = handshakeIn(bytes)
  if (message === 'incomplete') return bytes.length >= mostBytes ? 'too long' : 'incomplete'
  if (message === 'not TLS') return message
  try {
    return contentOf(message)
  } catch (error) {
    if (error instanceof RangeError) return 'not TLS'
    throw error
  }
}

/** What follows the message's own header of four bytes. */
function handshakeIn(bytes: Buffer): Buffer | 'not TLS' | 'incomplete' {
  const parts: Buffer[] = []
  let have = 0
  for (let at = 0; ; ) {
    if (bytes.length < at + recordHeader) return 'incomplete'
    if (bytes[at] !== handshakeRecord || bytes[at + 1] !== 3) return 'not TLS'
    const end = at + recordHeader + bytes.readUInt16BE(at + 3)
    // A message that is too long is known before it is whole.
    const part = bytes.subarray(at + recordHeader, end)
    parts.push(part)
    have += part.length
    const message = parts.length === 1 ? part : Buffer.concat(parts)
    const length = lengthOf(message)
    if (length === 'not TLS') return length
    if (length !== undefined && have >= length)
      return message[0] === clientHello ? message.subarray(4, length) : 'not TLS'
    if (bytes.length < end) return 'incomplete'
    at = end
  }
}

/** Header included; undefined while the header is not whole. */
function lengthOf(message: Buffer): number | undefined | 'not TLS' {
  if (message.length < 4) return undefined
  const length = message.readUIntBE(1, 3)
  return length > mostBytes ? 'not TLS' : 4 + length
}

/** Throws `RangeError` where a length points past the end. */
function contentOf(hello: Buffer): ClientHello {
  // Version and random, then the session's id, cipher suites and ways of compression.
  let at = 34
  at += 1 + hello.readUInt8(at)
  at += 2 + hello.readUInt16BE(at)
  at += 1 + hello.readUInt8(at)
  if (at >= hello.length) return anonymous
  const extensions = lengthPrefixed(hello, at)
  let { serverName, applicationProtocols } = anonymous
  for (let next = 0; next < extensions.length; ) {
    const content = lengthPrefixed(extensions, next + 2)
    const type = extensions.readUInt16BE(next)
    if (type === 0) serverName = hostIn(content)
    if (type === 16) applicationProtocols = protocolsIn(content)
    next += 4 + content.length
  }
  return { serverName, applicationProtocols }
}

/** The bytes behind a length of two bytes. */
function lengthPrefixed(bytes: Buffer, at: number): Buffer {
  const end = at + 2 + bytes.readUInt16BE(at)
  if (end > bytes.length) throw new RangeError('a length points past the end')
  return bytes.subarray(at + 2, end)
}

/** The first name of the list; a type other than that of host names has none. */
function hostIn(extension: Buffer): string | undefined {
  if (extension.readUInt8(2) !== 0) return undefined
  return lengthPrefixed(extension, 3).toString('latin1').toLowerCase() || undefined
}

function protocolsIn(extension: Buffer): string[] {
  const list = lengthPrefixed(extension, 0)
  const protocols: string[] = []
  for (let at = 0; at < list.length; ) {
    const end = at + 1 + list.readUInt8(at)
    if (end > list.length) throw new RangeError('a protocol points past the end')
    protocols.push(list.toString('latin1', at + 1, end))
    at = end
  }
  return protocols
}
