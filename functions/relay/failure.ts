// Failure on request: the header `fail` says how likely each service it passes is to answer 500.
import { type Env, perEnv } from '../lib/env.ts'
import { text } from './content-types.ts'

/** Draws from [0, 1); a test puts a seeded one in its place. */
export const chance = perEnv('chance', () => Math.random)

const decimal = /^(\d+\.?\d*|\.\d+)$/

/** The answer of a service that is to fail now, by the header's value; undefined when it is to do its work. */
export function failureFor(env: Env, asked: string | undefined): Response | undefined {
  if (!asked) return undefined
  const probability = decimal.test(asked) ? Number(asked) : Number.NaN
  if (!(probability <= 1)) {
    return new Response(`fail "${asked}" should be a probability from 0 to 1\n`, { status: 400, headers: text })
  }
  return chance(env)() < probability ? new Response(null, { status: 500 }) : undefined
}
