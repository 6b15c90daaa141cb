// fulfillment: sends parcels, and e-mails for what is not made of matter.
import type { Document } from '../../lib/store.ts'
import { fact, orderFacts } from '../facts.ts'
import { fulfillmentSchema } from '../fulfillment.schema.ts'
import { type ById, type ByIds, row } from '../rows.ts'
import { type Consumer, service } from '../service.ts'

export { requireStore as start } from '../../lib/stores.ts'

type Kind = 'SHIPMENT' | 'EMAIL'

const collection = 'fulfillments'
/** In the place of a kind: the goods of this order stay here. Whichever is kept first holds. */
const stopped = 'STOPPED'

/** Lets orders of one kind pass, as the filter of a branch: the rest gets no reply, and ends there. */
const only =
  (kind: Kind): Consumer =>
  async paid =>
    kindOf(orderFacts(paid).lines) === kind ? paid : undefined

/** An order goes by e-mail when nothing in it has to be carried; codes for digital goods travel in the parcel otherwise. */
function kindOf(lines: readonly { digital: boolean }[]): Kind {
  return lines.every(({ digital }) => digital) ? 'EMAIL' : 'SHIPMENT'
}

const send =
  (kind: Kind): Consumer =>
  async (paid, call) => {
    const order = orderFacts(paid)
    const { orderId } = order
    const tracking = `${kind === 'EMAIL' ? 'mail' : 'parcel'}-${orderId}`
    await call.store.insert(collection, { _id: orderId, orderId, kind, tracking })
    const kept = await call.store.get(collection, orderId)
    if (kept?.kind === stopped) return undefined
    call.log(kind === 'EMAIL' ? 'mail sent' : 'parcel sent', { order: orderId, tracking })
    return fact('fulfillment.completed', 'fulfillment', orderId, order, paid, Date.now())
  }

export default service({
  schema: fulfillmentSchema,
  resolvers: {
    Query: {
      fulfillment: async (_, { orderId }: { orderId: string }, { store }) =>
        visible(await store.get(collection, orderId)),
      _orders: (_, { ids }: ByIds) => ids.map(id => ({ id })),
    },
    Mutation: {
      async _hold(_, { orderId }: { orderId: string }, { store }) {
        await store.insert(collection, { _id: orderId, orderId, kind: stopped, tracking: '' })
        return (await store.get(collection, orderId))?.kind === stopped
      },
    },
    Order: {
      fulfillment: async ({ id }: ById, _, { store }) => visible(await store.get(collection, id)),
    },
  },
  consumers: {
    '/only/digital': only('EMAIL'),
    '/only/physical': only('SHIPMENT'),
    '/email': send('EMAIL'),
    '/ship': send('SHIPMENT'),
  },
})

function visible(fulfillment: Document | undefined): object | null {
  return fulfillment && fulfillment.kind !== stopped ? row(fulfillment) : null
}
