// How often something may be tried, counted for all instances of a service together.
import { cacheOf, type Limit } from '../lib/cache.ts'
import type { Env } from '../lib/env.ts'

const minute = 60_000

export const limits = {
  /** For one account, right or wrong. */
  login: { limit: 10, windowMs: minute },
  /** For one address. */
  registration: { limit: 20, windowMs: minute },
  /** For one account. */
  reset: { limit: 5, windowMs: 15 * minute },
} as const satisfies Record<string, Limit>

/** 429 with Retry-After when `whose` has used up its tries; undefined otherwise. */
export async function exceeded(env: Env, what: keyof typeof limits, whose: string): Promise<Response | undefined> {
  const { allowed, endsInMs } = await (await cacheOf(env)).hit(`${what}:${whose}`, limits[what])
  if (allowed) return undefined
  const seconds = Math.max(1, Math.ceil(endsInMs / 1_000))
  const error = `too many tries: again in ${seconds} s`
  return Response.json({ error }, { status: 429, headers: { 'retry-after': String(seconds) } })
}

/** The header the gateway tells a stranger's address by: what the stranger writes there itself does not get past it. */
export const addressHeader = 'x-envoy-external-address'

/** The address a request came from. From inside the system it is what the caller says. */
export function addressOf(headers: Headers): string {
  return headers.get(addressHeader) ?? headers.get('x-forwarded-for')?.split(',')[0]?.trim() ?? 'unknown'
}
