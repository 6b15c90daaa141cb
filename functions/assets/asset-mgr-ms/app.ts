// asset-mgr-ms: owns the assets; releases those of a user who ends, and gives them back when that was undone.
import { takeEvents } from '../../lib/event-endpoint.ts'
import { PoisonEvent } from '../../lib/events.ts'
import { propagate } from '../../lib/propagation.ts'
import { owning } from '../owning.ts'
import { ask } from '../peers.ts'
import { recordOf } from '../read-model.ts'
import type { Records } from '../records.ts'
import { type App, idIn, objectIn, refuse, service } from '../service.ts'
import { isRevoked } from '../session.ts'
import { type Asset, assetIn, owner, shown } from './asset.ts'

export { requireStore as start } from '../../lib/stores.ts'

/** Most assets one query gives. */
const mostAssets = 1_000
/** Assets released or given back before it is looked for more. */
const batchSize = 100

const app: App = service('asset-mgr-ms')
const { recordsOf: assetsOf, recordsFor, present } = owning<Asset>(app, owner, 'asset')

// The mesh has looked at the signature of a token; whether it was revoked since, only who issued it knows.
app.use('/assets/*', async (c, next) => {
  if (await isRevoked(c.env, c.req.raw.headers))
    return Response.json({ error: 'the token was revoked' }, { status: 401 })
  return next()
})

app.post('/assets', async c => {
  const given = await objectIn(c.req)
  const base = { owner: null, releasedFrom: null, riskRating: -1, creationDate: new Date().toISOString() }
  const created = await assetsOf(c).create(idIn(given), { ...base, ...assetIn(given) })
  if (!created) throw refuse(409, 'an asset with this id is there already, or was')
  return c.json(shown(created), 201)
})

app.get('/assets', async c => {
  const { owner: whose } = c.req.query()
  return c.json((await assetsOf(c).list(mostAssets, whose ? { owner: whose } : {})).map(shown))
})

app.get('/assets/:id', async c => c.json(shown(present(await assetsOf(c).get(c.req.param('id'))))))

app.put('/assets/:id', async c => {
  const fields = assetIn(await objectIn(c.req))
  return c.json(shown(present(await assetsOf(c).update(c.req.param('id'), () => fields))))
})

app.delete('/assets/:id', async c => {
  present(await assetsOf(c).delete(c.req.param('id')))
  return c.body(null, 204)
})

app.get('/assets/:id/risk', async c => {
  const path = `/assets/${encodeURIComponent(c.req.param('id'))}/risk`
  const answer = await ask(c.env, 'risk-assess-ms', path, { headers: propagate(c.req.raw.headers) })
  return new Response(await answer.text(), { status: answer.status, headers: { 'content-type': 'application/json' } })
})

takeEvents(app, '/events', async (event, env, headers) => {
  const assets = recordsFor(env, headers)
  const { id } = recordOf(event)
  if (event.type === 'user.deleted') await release(assets, id)
  if (event.type === 'user.updated') await giveBack(assets, id)
  return undefined
})

takeEvents(app, '/risk', async (event, env, headers) => {
  const { id, riskRating } = recordOf(event)
  if (typeof riskRating !== 'number') throw new PoisonEvent(`event ${event.id} carries no rating`)
  await recordsFor(env, headers).update(id, found => (found.riskRating === riskRating ? undefined : { riskRating }))
  return undefined
})

async function release(assets: Records<Asset>, user: string): Promise<void> {
  for (;;) {
    const owned = await assets.list(batchSize, { owner: user })
    for (const { _id } of owned) {
      await assets.update(_id, found => (found.owner === user ? { owner: null, releasedFrom: user } : undefined))
    }
    if (owned.length < batchSize) return
  }
}

/** The user's end was undone: what was released already is theirs again, unless somebody else has it by now. */
async function giveBack(assets: Records<Asset>, user: string): Promise<void> {
  for (;;) {
    const released = await assets.list(batchSize, { releasedFrom: user })
    for (const { _id } of released) {
      await assets.update(_id, found => {
        if (found.releasedFrom !== user) return undefined
        return { owner: found.owner ?? user, releasedFrom: null }
      })
    }
    if (released.length < batchSize) return
  }
}

export default app
