// stats: answers questions about the past, from the facts alone.
import { takeEvents } from '../../lib/event-endpoint.ts'
import { PoisonEvent } from '../../lib/events.ts'
import { recordOf } from '../read-model.ts'
import { keeperOf } from '../records.ts'
import { refuse, service } from '../service.ts'

export { requireStore as start } from '../../lib/stores.ts'

/** Users by id, with the month they were added in: once each, however often that is told. */
const collection = 'added'
const app = service('stats')

/** How many users were added in a month (`YYYY-MM`, in UTC). */
app.get('/stats/users-added', async c => {
  const month = c.req.query('month') ?? ''
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) throw refuse(400, 'month: YYYY-MM')
  const count = await (await keeperOf(c.env)).count(collection, { month })
  return c.json({ month, count })
})

takeEvents(app, '/events', async (event, env) => {
  const { id } = recordOf(event)
  if (event.type !== 'user.created') return undefined
  const added = new Date(event.time ?? Date.now())
  if (Number.isNaN(added.getTime())) throw new PoisonEvent(`event ${event.id} happened at no time: "${event.time}"`)
  const month = added.toISOString().slice(0, 7)
  await (await keeperOf(env)).insert(collection, { _id: id, month })
  return undefined
})

export default app
