// The greeting itself: what travels between the services, byte for byte.

/** One service's greeting; the order of the keys is the order on the wire. */
export interface Greeting {
  id: string
  service: string
  message: string
  /** RFC 3339, UTC, milliseconds. */
  created: string
  /** The machine it comes from, where the variant has it. */
  hostname?: string
}

/** `post`: whom I call first, then me, as the README of the original shows. `pre`: me first, as its code did. */
export type Order = 'post' | 'pre'

export function newGreeting(service: string, message: string, hostname?: string): Greeting {
  const greeting = { id: crypto.randomUUID(), service, message, created: new Date().toISOString() }
  return hostname ? { ...greeting, hostname } : greeting
}

/** The order a request asks for with `?order=`, else the environment's; anything unknown is `post`. */
export function orderOf(asked: string | undefined, fallback: string | undefined): Order {
  return (asked ?? fallback) === 'pre' ? 'pre' : 'post'
}

/** What a request over HTTP asks for with its query: the order, and with `?v=2021` hostnames as the variant of that year has them. */
export interface Variant {
  order: Order
  hostnames: boolean
}

export function variantOf(query: (name: string) => string | undefined, fallback: string | undefined): Variant {
  return { order: orderOf(query('order'), fallback), hostnames: query('v') === '2021' }
}

/** The greeting in a parsed body, or undefined: only the keys of the variants are kept, in order. */
export function asGreeting(value: unknown): Greeting | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { id, service, message, created, hostname } = value as Record<string, unknown>
  if (typeof id !== 'string' || typeof service !== 'string') return undefined
  if (typeof message !== 'string' || typeof created !== 'string') return undefined
  const greeting = { id, service, message, created }
  return typeof hostname === 'string' ? { ...greeting, hostname } : greeting
}

/** The greetings of an upstream's answer. Throws when the body is anything else: a broken answer is a failed call. */
export function asGreetings(value: unknown): Greeting[] {
  if (!Array.isArray(value)) throw new Error('the answer is no list of greetings')
  return value.map(each => {
    const greeting = asGreeting(each)
    if (!greeting) throw new Error('the answer holds something that is no greeting')
    return greeting
  })
}
