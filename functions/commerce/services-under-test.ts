// Services of the shop without a socket, asked in GraphQL: those a test names, the rest is away. For tests.
import { type Services as Apps, openServices as openApps } from '../lib/services-under-test.ts'
import type { Peer } from './ask.ts'
import customers from './customers/app.ts'
import exchanges from './exchanges/app.ts'
import fulfillment from './fulfillment/app.ts'
import inventory from './inventory/app.ts'
import logging from './logging/app.ts'
import orders from './orders/app.ts'
import payments from './payments/app.ts'
import type { App } from './service.ts'
import users from './users/app.ts'

const apps: Record<Peer, App> = {
  ...{ customers, exchanges, fulfillment, inventory, logging, orders, payments, users },
}

export interface Answered<T> {
  data: T
  errors?: { message: string; path?: unknown[]; extensions?: { code?: string } }[]
}

export interface Services<Some extends Peer> extends Apps<Some> {
  ask<T = Record<string, unknown>>(peer: Some, query: string, variables?: object): Promise<Answered<T>>
}

/** The services named; those in `standIns` take the place of ours. */
export function openServices<Some extends Peer>(
  names: readonly Some[],
  standIns: Partial<Record<Some, App>> = {},
): Services<Some> {
  const chosen = Object.fromEntries(names.map(name => [name, standIns[name] ?? apps[name]]))
  const services = openApps(chosen as Record<Some, App>, host => host.replace(/-mesh$/, ''))
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  return {
    ...services,
    async ask(peer, query, variables = {}) {
      return (await services.send<never>(peer, 'POST', '/graphql', { query, variables }, headers)).body
    },
  }
}

/** What a fact about an order carries; two mugs, unless said otherwise. */
export function orderData(fields: object = {}): object {
  const lines = [{ sku: 'mug', title: 'Enamel mug', quantity: 2, price: 1_490, digital: false }]
  return { orderId: 'o1', customerId: 'c1', lines, total: 2_980, ...fields }
}
