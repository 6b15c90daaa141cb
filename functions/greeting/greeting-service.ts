// greeting.GreetingService in its four packages, and asking it.

import { type MethodDefinition, type ServerUnaryCall, type ServiceDefinition, status } from '@grpc/grpc-js'
import { fromJSON } from '@grpc/proto-loader'
import descriptor from '../../proto/greeting.json' with { type: 'json' }
import type { Env } from '../lib/env.ts'
import { callUnary } from '../lib/grpc-client.ts'
import { grpcFailure } from '../lib/grpc-server.ts'
import { logOf } from '../lib/log.ts'
import { traceId } from '../lib/propagation.ts'
import type { Greeting, Order } from './greeting.ts'
import type { Letter } from './letters.ts'
import { type Gathered, patienceMs } from './upstream.ts'

/** The packages of proto/: the first one, which has no version, and those with one. Hostnames are in v2 and v3. */
export const versions = ['', 'v1', 'v2', 'v3'] as const
export type Version = (typeof versions)[number]

export interface GreetingRequest {
  /** v3: who asks. */
  greeting?: Greeting
}

export interface GreetingResponse {
  greeting: Greeting[]
}

/** A call that is being answered. */
export type GreetingCall = ServerUnaryCall<GreetingRequest, GreetingResponse>

export type GreetingMethod = MethodDefinition<GreetingRequest, GreetingResponse>

const packages = fromJSON(descriptor as Parameters<typeof fromJSON>[0], { arrays: true })

export function serviceOf(version: Version): ServiceDefinition & { Greeting: GreetingMethod } {
  const name = ['greeting', version, 'GreetingService'].filter(Boolean).join('.')
  return packages[name] as unknown as ServiceDefinition & { Greeting: GreetingMethod }
}

/** The metadata by which a request chooses the order, and an answer says that greetings are missing. */
export const orderKey = 'x-greeting-order'
export const partialKey = 'x-partial'

/** When a request ends, in milliseconds since the epoch, given how long it may take. */
export function deadlineIn(timeoutMs = patienceMs): number {
  return Date.now() + timeoutMs
}

export interface Asking {
  version: Version
  order: Order
  headers: Readonly<Record<string, string>>
  /** In milliseconds since the epoch; Infinity is as good as none. */
  deadline: number
  /** For which it asks: what nobody waits for any longer, nobody is asked for. */
  parent?: GreetingCall
}

/** Asks a service for its greetings. Rejects with a `ServiceError`. */
export async function askGreeting(env: Env, letter: Letter, asking: Asking): Promise<Gathered> {
  const url = env[`SERVICE_${letter.toUpperCase()}_URL`] ?? `http://service-${letter}.greeting-grpc`
  const { version, order, parent } = asking
  if (parent?.cancelled) throw grpcFailure(status.CANCELLED, 'the caller has gone')
  const deadline = Number.isFinite(asking.deadline) ? asking.deadline : deadlineIn()
  logOf(env).debug('calling', { url, trace_id: traceId(asking.headers) })
  const headers = { ...asking.headers, [orderKey]: order }
  const answer = await callUnary(
    env,
    url,
    serviceOf(version).Greeting,
    {},
    { headers, deadline, ...(parent ? { parent } : {}) },
  )
  return { greetings: answer.message.greeting, partial: answer.metadata.get(partialKey)[0] === 'true' }
}
