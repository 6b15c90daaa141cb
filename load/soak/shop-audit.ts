// The books of the shop: what must be true of orders, shelves and the log once nothing is under way any more.

export interface Shelf {
  sku: string
  stock: number
  held: number
  sold: number
}

export interface AuditedOrder {
  id: string
  status: string
  lines: { sku: string; quantity: number }[]
  /** CHARGE, REFUND. */
  payments: string[]
  /** Types of the facts the log has of it. */
  facts: string[]
}

/** How an order may end in a soak, where nobody cancels or returns. */
const endings = new Set(['FULFILLED', 'REJECTED', 'FAILED'])

/** Everything that is wrong, a sentence each; empty when the books are right. */
export function audit(before: readonly Shelf[], after: readonly Shelf[], orders: readonly AuditedOrder[]): string[] {
  return [...orders.flatMap(flawsOf), ...before.flatMap(shelf => shelfFlaws(shelf, after, orders))]
}

function flawsOf({ id, status, payments, facts }: AuditedOrder): string[] {
  if (!endings.has(status)) return [`order ${id} is still ${status}`]
  const missing = factsOf(status, facts).filter(type => !facts.includes(type))
  const paid = payments.includes('CHARGE') && !payments.includes('REFUND')
  return [
    ...missing.map(type => `order ${id} is ${status}, and the log has no ${type}`),
    ...(status === 'FULFILLED' && !paid ? [`order ${id} is FULFILLED and not paid`] : []),
    ...(status !== 'FULFILLED' && facts.includes('payment.captured') && !payments.includes('REFUND')
      ? [`order ${id} is ${status}, was paid, and got no refund`]
      : []),
  ]
}

/** The facts that led to an ending. A failed payment fails an order, and so does a step that gave up. */
function factsOf(status: string, facts: readonly string[]): string[] {
  if (status === 'FULFILLED') return ['order.placed', 'inventory.reserved', 'payment.captured', 'fulfillment.completed']
  if (status === 'REJECTED') return ['order.placed', 'inventory.rejected']
  if (facts.includes('payment.failed')) return ['order.placed', 'inventory.reserved']
  const refunded = facts.includes('payment.captured') ? ['payment.refunded'] : []
  return ['order.placed', 'order.failed', ...refunded]
}

function shelfFlaws(before: Shelf, after: readonly Shelf[], orders: readonly AuditedOrder[]): string[] {
  const { sku } = before
  const now = after.find(shelf => shelf.sku === sku)
  if (!now) return [`${sku} is gone from the shelves`]
  const sold = orders
    .filter(({ status }) => status === 'FULFILLED')
    .reduce((sum, order) => sum + piecesOf(order, sku), 0)
  return [
    ...(total(now) === total(before) ? [] : [`${sku}: ${total(before)} pieces before, ${total(now)} now`]),
    ...(now.held === 0 ? [] : [`${sku}: ${now.held} pieces are still held`]),
    ...(now.sold - before.sold === sold ? [] : [`${sku}: ${now.sold - before.sold} sold, ${sold} delivered`]),
  ]
}

const total = ({ stock, held, sold }: Shelf) => stock + held + sold

function piecesOf({ lines }: AuditedOrder, sku: string): number {
  return lines.filter(line => line.sku === sku).reduce((sum, { quantity }) => sum + quantity, 0)
}
