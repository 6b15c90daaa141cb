// Reads the server name out of a TLS ClientHello (RFC 8446 section 4.1.2, RFC 6066 section 3).

/** More than any ClientHello needs: what is still incomplete then has no name. */
const longestHello = 16 * 1024

/** The name in lower case; undefined when the hello has none, `'incomplete'` while more bytes are needed. */
export function readServerName(bytes: Buffer): string | undefined | 'incomplete' {
  const hello = handshakeOf(bytes)
  if (hello === 'incomplete') return bytes.length > longestHello ? undefined : 'incomplete'
  if (hello === undefined) return undefined
  try {
    return nameIn(hello)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** The handshake message, which may be spread over several records. */
function handshakeOf(bytes: Buffer): Buffer | undefined | 'incomplete' {
  const parts: Buffer[] = []
  let wanted = Number.POSITIVE_INFINITY
  let have = 0
  for (let at = 0; have < wanted; ) {
    if (bytes.length < at + 5) return 'incomplete'
    if (bytes[at] !== 22) return undefined
    const end = at + 5 + bytes.readUInt16BE(at + 3)
    if (bytes.length < end) return 'incomplete'
    parts.push(bytes.subarray(at + 5, end))
    have += end - at - 5
    const all = Buffer.concat(parts)
    if (all.length >= 4) wanted = 4 + all.readUIntBE(1, 3)
    at = end
  }
  const all = Buffer.concat(parts)
  return all[0] === 1 ? all.subarray(4, wanted) : undefined
}

/** Throws `RangeError` where a length points past the end. */
function nameIn(hello: Buffer): string | undefined {
  // Version and random.
  let at = 34
  at += 1 + hello.readUInt8(at)
  at += 2 + hello.readUInt16BE(at)
  at += 1 + hello.readUInt8(at)
  if (at + 2 > hello.length) return undefined
  const end = Math.min(hello.length, at + 2 + hello.readUInt16BE(at))
  for (at += 2; at + 4 <= end; ) {
    const length = hello.readUInt16BE(at + 2)
    if (hello.readUInt16BE(at) === 0) return hostName(hello.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return undefined
}

function hostName(extension: Buffer): string | undefined {
  if (extension.readUInt8(2) !== 0) return undefined
  return extension.toString('latin1', 5, 5 + extension.readUInt16BE(3)).toLowerCase()
}
