// What is set aside for an order, and what becomes of it: sold, given back, or returned.
import type { Document, Store } from '../../lib/store.ts'
import { type MovementKind, move, wasDone } from './movement.ts'

export interface Piece {
  sku: string
  quantity: number
}

/**
 * OPEN: pieces are being set aside. RELEASED also stands for an order that was given up before anything was set aside
 * for it: a reservation that comes late finds it.
 */
export type ReservationState = 'OPEN' | 'RESERVED' | 'REJECTED' | 'RELEASED' | 'SOLD' | 'RETURNED'

interface Reservation extends Document {
  pieces: readonly Piece[]
  state: ReservationState
}

const collection = 'reservations'
/** The pieces are the order's, or were. */
const standing: readonly ReservationState[] = ['RESERVED', 'SOLD', 'RETURNED']

/** Sets all pieces aside, or none. Says whether they are; asked again, it says what it said. */
export async function reserve(store: Store, orderId: string, wanted: readonly Piece[]): Promise<boolean> {
  const pieces = bySku(wanted)
  await store.insert(collection, { _id: orderId, pieces, state: 'OPEN' })
  const found = await reservationOf(store, orderId)
  if (found?.state === 'OPEN') {
    const held = await holdAll(store, orderId, pieces)
    await store.update(collection, orderId, { state: held ? 'RESERVED' : 'REJECTED' }, { state: 'OPEN' })
  }
  // Somebody who did the same, or gave the order up, may have been quicker: what stands now is the answer.
  const settled = await reservationOf(store, orderId)
  if (settled && standing.includes(settled.state)) return true
  await giveBack(store, orderId, pieces)
  return false
}

/** Gives back what was set aside. Does nothing to an order whose goods are gone, and says so: false. */
export async function release(store: Store, orderId: string): Promise<boolean> {
  await store.insert(collection, { _id: orderId, pieces: [], state: 'RELEASED' })
  for (const state of ['OPEN', 'RESERVED'] as const) {
    await store.update(collection, orderId, { state: 'RELEASED' }, { state })
  }
  const found = await reservationOf(store, orderId)
  if (found?.state !== 'RELEASED') return found?.state === 'REJECTED'
  await giveBack(store, orderId, found.pieces)
  return true
}

/** The goods are with the customer. Throws when nothing is set aside yet, so that it is tried again. */
export function sell(store: Store, orderId: string): Promise<void> {
  return finish(store, orderId, { from: 'RESERVED', to: 'SOLD', kind: 'sell' })
}

/** The goods are back. Throws when they are not sold yet, so that it is tried again. */
export function takeBack(store: Store, orderId: string): Promise<void> {
  return finish(store, orderId, { from: 'SOLD', to: 'RETURNED', kind: 'return' })
}

interface Step {
  from: ReservationState
  to: ReservationState
  kind: MovementKind
}

async function finish(store: Store, orderId: string, { from, to, kind }: Step): Promise<void> {
  await store.update(collection, orderId, { state: to }, { state: from })
  const found = await reservationOf(store, orderId)
  if (found?.state === 'RETURNED' && to === 'SOLD') return
  if (found?.state !== to) throw new Error(`order ${orderId}: ${to} cannot follow ${found?.state ?? 'nothing'}`)
  for (const piece of found.pieces) await move(store, { subject: orderId, ...piece, kind })
}

/** Stops at the first product of which there are too few. */
async function holdAll(store: Store, orderId: string, pieces: readonly Piece[]): Promise<boolean> {
  for (const piece of pieces) {
    if ((await move(store, { subject: orderId, ...piece, kind: 'hold' })) === 'refused') return false
  }
  return true
}

async function giveBack(store: Store, orderId: string, pieces: readonly Piece[]): Promise<void> {
  for (const piece of pieces) {
    const held = await wasDone(store, { subject: orderId, ...piece, kind: 'hold' })
    if (held) await move(store, { subject: orderId, ...piece, kind: 'release' })
  }
}

async function reservationOf(store: Store, orderId: string): Promise<Reservation | undefined> {
  return (await store.get(collection, orderId)) as Reservation | undefined
}

/** Lines with the same product are one: a movement is known by its product. */
function bySku(wanted: readonly Piece[]): Piece[] {
  const quantities = new Map<string, number>()
  for (const { sku, quantity } of wanted) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity)
  return Array.from(quantities, ([sku, quantity]) => ({ sku, quantity }))
}
