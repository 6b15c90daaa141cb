// asset-mgr-ms: owns the assets; releases those of a user who ends, and gives them back when that was undone.
import { call } from '../../lib/call.ts'
import { takeEvents } from '../../lib/event-endpoint.ts'
import { propagate } from '../../lib/propagation.ts'
import { peerTimeoutMs, urlOf } from '../peers.ts'
import { recordOf } from '../read-model.ts'
import { Records } from '../records.ts'
import { type App, idIn, objectIn, refuse, service } from '../service.ts'
import { isRevoked } from '../session.ts'
import { type Asset, assetIn, owner, shown } from './asset.ts'

export { requireStore as start } from '../../lib/stores.ts'

const mostAssets = 1_000
const sweepSize = 100

const app: App = service('asset-mgr-ms')
type Request = { env: Record<string, string | undefined>; req: { raw: { headers: Headers } } }
const assetsOf = (c: Request) => new Records<Asset>(owner, c.env, propagate(c.req.raw.headers))

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
  const url = `${urlOf(c.env, 'risk-assess-ms')}/assets/${encodeURIComponent(c.req.param('id'))}/risk`
  const answer = await call(c.env, url, { headers: propagate(c.req.raw.headers), timeoutMs: peerTimeoutMs })
  return new Response(await answer.text(), { status: answer.status, headers: { 'content-type': 'application/json' } })
})

takeEvents(app, '/events', async (event, env, headers) => {
  const assets = new Records<Asset>(owner, env, headers)
  const { id } = recordOf(event)
  if (event.type === 'user.deleted') await release(assets, id)
  if (event.type === 'user.updated') await giveBack(assets, id)
  return undefined
})

takeEvents(app, '/risk', async (event, env, headers) => {
  const { id, riskRating } = recordOf(event)
  await new Records<Asset>(owner, env, headers).update(id, found =>
    found.riskRating === riskRating ? undefined : { riskRating },
  )
  return undefined
})

takeEvents(app, '/sweep', async (_event, env, headers) => {
  await new Records<Asset>(owner, env, headers).tellForgotten(sweepSize)
  return undefined
})

async function release(assets: Records<Asset>, user: string): Promise<void> {
  for (const { _id } of await assets.list(mostAssets, { owner: user })) {
    await assets.update(_id, found => (found.owner === user ? { owner: null, releasedFrom: user } : undefined))
  }
}

/** The user's end was undone: what was released already is theirs again, unless somebody else has it by now. */
async function giveBack(assets: Records<Asset>, user: string): Promise<void> {
  for (const { _id } of await assets.list(mostAssets, { releasedFrom: user })) {
    await assets.update(_id, found =>
      found.releasedFrom === user && found.owner === null ? { owner: user, releasedFrom: null } : undefined,
    )
  }
}

function present(asset: Asset | undefined): Asset {
  if (asset) return asset
  throw refuse(404, 'there is no such asset')
}

export default app
