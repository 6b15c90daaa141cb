import { describe, expect, it } from 'vitest'
import { type AuditedOrder, audit, type Shelf } from './shop-audit.ts'

const shelf = (over: Partial<Shelf> = {}): Shelf => ({ sku: 'mug', stock: 10, held: 0, sold: 0, ...over })

const fulfilled: AuditedOrder = {
  ...{ id: 'o', status: 'FULFILLED', lines: [{ sku: 'mug', quantity: 2 }], payments: ['CHARGE'] },
  facts: ['order.placed', 'inventory.reserved', 'payment.captured', 'fulfillment.completed'],
}
const rejected = { ...fulfilled, status: 'REJECTED', payments: [], facts: ['order.placed', 'inventory.rejected'] }
const unpaid = {
  ...{ ...fulfilled, status: 'FAILED', payments: [] },
  facts: ['order.placed', 'inventory.reserved', 'payment.failed'],
}
const givenUp = { ...fulfilled, status: 'FAILED', payments: [], facts: ['order.placed', 'order.failed'] }
const compensated = {
  ...{ ...fulfilled, status: 'FAILED', payments: ['CHARGE', 'REFUND'] },
  facts: ['order.placed', 'inventory.reserved', 'payment.captured', 'order.failed', 'payment.refunded'],
}

describe('the books are right', () => {
  const sold = shelf({ stock: 8, sold: 2 })
  it.each<[string, AuditedOrder, Shelf]>([
    ['of an order that was fulfilled', fulfilled, sold],
    ['of one that was rejected', rejected, shelf()],
    ['of one that could not be paid', unpaid, shelf()],
    ['of one whose step gave up', givenUp, shelf()],
    ['of one that was paid and undone', compensated, shelf()],
  ])('%s', (_, order, after) => expect(audit([shelf()], [after], [order])).toEqual([]))
})

describe('the books tell', () => {
  it.each<[string, AuditedOrder, string]>([
    ['an order that is stuck', { ...fulfilled, status: 'PAID' }, 'order o is still PAID'],
    ['one nobody paid', { ...fulfilled, payments: [] }, 'order o is FULFILLED and not paid'],
    ['one delivered and paid back', { ...fulfilled, payments: ['CHARGE', 'REFUND'] }, 'FULFILLED and not paid'],
    ['a refund that is missing', { ...compensated, payments: ['CHARGE'] }, 'was paid, and got no refund'],
    ['a fact that is missing', { ...fulfilled, facts: fulfilled.facts.slice(1) }, 'the log has no order.placed'],
    ['a refund nobody told of', { ...compensated, facts: compensated.facts.slice(0, 4) }, 'no payment.refunded'],
    ['a failure without a reason', { ...givenUp, facts: ['order.placed'] }, 'the log has no order.failed'],
  ])('%s', (_, order, flaw) => expect(audit([], [], [order]).join()).toContain(flaw))

  it.each<[string, Shelf | undefined, string]>([
    ['a piece that was lost', shelf({ stock: 7, sold: 2 }), 'mug: 10 pieces before, 9 now'],
    ['a piece still held', shelf({ stock: 7, held: 1, sold: 2 }), '1 pieces are still held'],
    ['a piece sold twice', shelf({ stock: 6, sold: 4 }), '4 sold, 2 delivered'],
    ['a product that is gone', undefined, 'mug is gone'],
  ])('%s', (_, after, flaw) => {
    expect(audit([shelf()], after ? [after] : [], [fulfilled]).join()).toContain(flaw)
  })
})
