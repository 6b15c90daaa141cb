// The language of `exchanges`: what comes back.
export const exchangesSchema = /* GraphQL */ `
  type Query {
    return(id: ID!): Return
    returns(first: Int = 50): [Return!]!
    _orders(ids: [ID!]!): [Order]!
  }

  type Mutation {
    "Of a whole order that was delivered and paid."
    requestReturn(orderId: ID!, reason: String!): Return!
  }

  type Order {
    id: ID!
    return: Return
  }

  type Return {
    id: ID!
    orderId: ID!
    order: Order
    "The charge that is given back."
    paymentId: ID!
    reason: String!
    status: ReturnStatus!
  }

  enum ReturnStatus {
    REQUESTED
    ACCEPTED
  }
`
