// stats: answers questions about the past, from the facts alone.
import { takeEvents } from '../../lib/event-endpoint.ts'
import { recordOf } from '../read-model.ts'
import { keeperOf } from '../records.ts'
import { refuse, service } from '../service.ts'

export { requireStore as start } from '../../lib/stores.ts'

const collection = 'facts'
const app = service('stats')

/** How many users were added in a month (`YYYY-MM`, in UTC). */
app.get('/stats/users-added', async c => {
  const month = c.req.query('month') ?? ''
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) throw refuse(400, 'month: YYYY-MM')
  const count = await (await keeperOf(c.env)).count(collection, { type: 'user.created', month })
  return c.json({ month, count })
})

takeEvents(app, '/events', async (event, env) => {
  const { type, time } = event
  const { id: record } = recordOf(event)
  const month = (time ?? new Date().toISOString()).slice(0, 7)
  await (await keeperOf(env)).insert(collection, { _id: event.id, type, month, record })
  return undefined
})

export default app
