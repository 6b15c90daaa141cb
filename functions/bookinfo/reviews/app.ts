// What people wrote about a book; with ratings where they are switched on, in the colour of the version.
import { Hono } from 'hono'
import { call } from '../../lib/call.ts'
import { type Env, perEnv } from '../../lib/env.ts'
import { logOf } from '../../lib/log.ts'
import { traceId } from '../../lib/propagation.ts'
import { addressOf } from '../address.ts'
import { json } from '../content-types.ts'
import { forwarded } from '../forwarded.ts'
import { productId } from '../product-id.ts'
import { type Rating, reviewers, reviewsText, unavailable } from './review.ts'

const settingsOf = perEnv('reviews.settings', env => {
  const color = env.STAR_COLOR || 'black'
  return {
    color,
    rated: env.ENABLE_RATINGS === 'true',
    url: addressOf(env, 'ratings'),
    // Black stars have the patience of the original, and with it the workshop's planted bug; all others do not.
    timeoutMs: color === 'black' ? 10_000 : 2_500,
    source: { podname: env.HOSTNAME || env.K_REVISION || 'local', clustername: env.CLUSTER_NAME || 'null' },
  }
})

const app = new Hono<{ Bindings: Env }>()

app.get('/health', () => new Response('{"status": "Reviews is healthy"}', { headers: json }))

app.get('/reviews/:id', async c => {
  const id = productId(c.req.param('id'))
  if (id === undefined) {
    return new Response('{"error":"please provide numeric product ID"}', { status: 400, headers: json })
  }
  const { rated, source } = settingsOf(c.env)
  const ratings = rated ? await ratingsOf(c.env, id, forwarded(c.req.raw.headers)) : undefined
  return new Response(reviewsText(id, source, ratings), { headers: json })
})

/** The rating of each reviewer; whatever goes wrong with the ratings leaves the reviews as they are. */
async function ratingsOf(env: Env, id: number, headers: Record<string, string>): Promise<Record<string, Rating>> {
  const { url, timeoutMs, color } = settingsOf(env)
  try {
    const answer = await call(env, `${url}/ratings/${id}`, { headers, timeoutMs })
    if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`)
    const { ratings } = (await answer.json()) as { ratings?: Record<string, unknown> }
    return Object.fromEntries(reviewers.map(reviewer => [reviewer, rating(ratings?.[reviewer], color)]))
  } catch (error) {
    logOf(env).error('no ratings', { product: id, error: String(error), trace_id: traceId(headers) })
    return {}
  }
}

function rating(stars: unknown, color: string): Rating {
  return typeof stars === 'number' ? { stars, color } : unavailable
}

export default app
