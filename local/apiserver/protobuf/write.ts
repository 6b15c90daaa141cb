// Writing protobuf: a message as its fields one after another, each a text or a message again.

/** A field's number with its content. */
export type Written = readonly [number: number, content: string | readonly Written[]]

/** The bytes of a message. */
export function writeMessage(fields: readonly Written[]): Buffer {
  return Buffer.concat(fields.map(writeField))
}

/** Wire type 2: a length, then so many bytes. */
function writeField([number, content]: Written): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content) : writeMessage(content)
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest])
    bytes.push((rest % 128) + 128)
  }
}
