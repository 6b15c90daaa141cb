// Who greets, with which words, whom each calls, and what each does with its greeting.

/** The letter of a service, as in `service-b` and `SERVICE_B_URL`. */
export type Letter = 'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 'h'

export interface Greeter {
  /** `Service-H`; SERVICE_NAME overrides it. */
  name: string
  /** GREETING overrides it. */
  message: string
  /** Whom it calls, in this order, strictly one after another. */
  calls?: readonly Letter[]
  /** The collection in which it keeps its own greetings. */
  stores?: string
  /** Sends its own greeting as an event of this type, from this source, to K_SINK. */
  publishes?: { type: string; source: string }
}

export const greeters = {
  a: { name: 'Service-A', message: 'Hello, from Service-A!', calls: ['b', 'c'] },
  b: { name: 'Service-B', message: 'Namaste, from Service-B!', calls: ['d', 'e'] },
  c: { name: 'Service-C', message: 'Konnichiwa, from Service-C!', stores: 'greetings' },
  d: {
    name: 'Service-D',
    message: 'Shalom, from Service-D!',
    publishes: { type: 'com.example.greeting.v1', source: 'service-d' },
  },
  e: { name: 'Service-E', message: 'Bonjour, de Service-E!', calls: ['g', 'h'] },
  f: { name: 'Service-F', message: 'Hola, from Service-F!', stores: 'messages' },
  g: { name: 'Service-G', message: 'Ahlan, from Service-G!', stores: 'greetings' },
  h: { name: 'Service-H', message: 'Ciao, from Service-H!', stores: 'greetings' },
} as const satisfies Record<Letter, Greeter>
