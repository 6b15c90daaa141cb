// Tables of protobuf messages: which field a number means, and how its bytes become JSON.

/** What a field holds; a name of another message otherwise. */
const scalars = [
  ...['string', 'bytes', 'int', 'bool', 'time', 'microTime', 'quantity', 'intOrString', 'fieldsV1'],
  // Read over: nothing here looks at it.
  'ignored',
]

export interface Field {
  /** The name in JSON; `...` for a message whose fields stand in the one around it. */
  name: string
  type: string
  shape: 'one' | 'list' | 'map'
  /** True where Go has a pointer: what is there is kept, be it zero or empty. */
  optional: boolean
}

export type Message = ReadonlyMap<number, Field>

/**
 * Messages by name. A message is written `Name: 1 metadata ObjectMeta, 2 data string{}`: number, name and type of each
 * field, the type a string when left out, `[]` for lists, `{}` for maps of strings, `?` for pointers.
 */
export function messagesOf(...texts: readonly string[]): ReadonlyMap<string, Message> {
  const paragraphs = texts.join('').replace(/\n +/g, ' ').trim().split('\n')
  const messages = new Map(paragraphs.map(messageOf))
  for (const [name, message] of messages) {
    for (const { type } of message.values()) {
      if (!scalars.includes(type) && !messages.has(type)) throw new Error(`${name} names no message: ${type}`)
    }
  }
  return messages
}

function messageOf(paragraph: string): [string, Message] {
  const [name = '', fields = ''] = paragraph.split(': ')
  return [name, new Map(fields.split(', ').map(fieldOf))]
}

function fieldOf(text: string): [number, Field] {
  const [number, name = '', written = 'string'] = text.split(' ')
  const type = written.replace(/[[\]{}?]/g, '')
  const shape = written.endsWith('[]') ? 'list' : written.endsWith('{}') ? 'map' : 'one'
  return [Number(number), { name, type, shape, optional: written.endsWith('?') }]
}
