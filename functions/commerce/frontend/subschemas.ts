// How the languages of the services become one: which service knows what of a customer, an order, a product.

import type { SubschemaConfig } from '@graphql-tools/delegate'
import { buildHTTPExecutor } from '@graphql-tools/executor-http'
import type { stitchSchemas } from '@graphql-tools/stitch'
import { FilterRootFields } from '@graphql-tools/wrap'
import { buildSchema } from 'graphql'
import type { Env } from '../../lib/env.ts'
import { type Peer, peerTimeoutMs, urlOf } from '../ask.ts'
import { customersSchema } from '../customers.schema.ts'
import { exchangesSchema } from '../exchanges.schema.ts'
import { fulfillmentSchema } from '../fulfillment.schema.ts'
import { inventorySchema } from '../inventory.schema.ts'
import { loggingSchema } from '../logging.schema.ts'
import { ordersSchema } from '../orders.schema.ts'
import { paymentsSchema } from '../payments.schema.ts'
import { usersSchema } from '../users.schema.ts'

/** What a request carries through the stitched schema. */
export interface Passing {
  env: Env
  /** Handed on with each call. */
  headers: Record<string, string>
}

type Subschemas = NonNullable<Parameters<typeof stitchSchemas<Passing>>[0]['subschemas']>
type Merge = NonNullable<SubschemaConfig<unknown, unknown, unknown, Passing>['merge']>

const byId = (fieldName: string) => ({
  selectionSet: '{ id }',
  fieldName,
  key: ({ id }: { id: string }) => id,
  argsFromKeys: (ids: readonly string[]) => ({ ids }),
})

const bySku = {
  selectionSet: '{ sku }',
  fieldName: '_products',
  key: ({ sku }: { sku: string }) => sku,
  argsFromKeys: (skus: readonly string[]) => ({ skus }),
}

const orderParts: Merge = { Order: byId('_orders') }

const services: readonly { peer: Peer; language: string; merge?: Merge }[] = [
  { peer: 'users', language: usersSchema },
  { peer: 'customers', language: customersSchema, merge: { Customer: byId('_customers') } },
  { peer: 'inventory', language: inventorySchema, merge: { Product: bySku } },
  { peer: 'orders', language: ordersSchema, merge: { Order: byId('_orders'), Customer: byId('_customers') } },
  { peer: 'payments', language: paymentsSchema, merge: orderParts },
  { peer: 'fulfillment', language: fulfillmentSchema, merge: orderParts },
  { peer: 'exchanges', language: exchangesSchema, merge: orderParts },
  { peer: 'logging', language: loggingSchema },
]

/** The subschemas of the shop. Whatever one query needs of a service in one step goes there in one request. */
export function subschemasOf(env: Env): Subschemas {
  return services.map(({ peer, language, merge }) => ({
    schema: buildSchema(language),
    executor: buildHTTPExecutor({
      endpoint: `${urlOf(env, peer)}/graphql`,
      timeout: peerTimeoutMs,
      headers: request => (request?.context as Passing | undefined)?.headers ?? {},
    }),
    batch: true,
    // Fields with an underscore are for the services among themselves.
    transforms: [new FilterRootFields((_operation, name) => !name.startsWith('_'))],
    ...(merge ? { merge } : {}),
  }))
}
