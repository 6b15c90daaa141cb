// The language of `payments`: money taken and given back.
export const paymentsSchema = /* GraphQL */ `
  type Query {
    payment(id: ID!): Payment
    payments(orderId: ID!): [Payment!]!
    _orders(ids: [ID!]!): [Order]!
  }

  type Order {
    id: ID!
    "The charge."
    payment: Payment
    "The charge, and the refund if there was one."
    payments: [Payment!]
  }

  type Payment {
    id: ID!
    orderId: ID!
    "In cents."
    amount: Int!
    kind: PaymentKind!
    status: PaymentStatus!
    reason: String
  }

  enum PaymentKind {
    CHARGE
    REFUND
  }

  enum PaymentStatus {
    CAPTURED
    FAILED
    REFUNDED
  }
`
