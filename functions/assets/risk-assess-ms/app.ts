// risk-assess-ms: assesses each asset anew when something about it changes.
import { takeEvents } from '../../lib/event-endpoint.ts'
import { recall, recordOf, remember } from '../read-model.ts'
import { keeperOf } from '../records.ts'
import { service } from '../service.ts'
import { riskOf } from './risk.ts'

export { requireStore as start } from '../../lib/stores.ts'

const collection = 'risks'
const app = service('risk-assess-ms')

// -1 as long as nothing was heard of the asset.
app.get('/assets/:id/risk', async c => {
  const assetId = c.req.param('id')
  const known = await recall(await keeperOf(c.env), collection, assetId)
  return c.json({ assetId, riskRating: known?.riskRating ?? -1 })
})

// The reply is the fact `asset.riskupdated`; none when the rating is what the asset's owner knows already.
takeEvents(app, '/events', async (event, env) => {
  const asset = recordOf(event)
  const { id, recordVersion } = asset
  const riskRating = riskOf(asset)
  await remember(await keeperOf(env), collection, { id, recordVersion, riskRating }, event.type === 'asset.deleted')
  if (event.type === 'asset.deleted' || asset.riskRating === riskRating) return undefined
  const data = { id, recordVersion, riskRating }
  return { id: `risk:${id}:${recordVersion}`, type: 'asset.riskupdated', source: 'risk-assess-ms', subject: id, data }
})

export default app
