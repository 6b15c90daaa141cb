// The language of `fulfillment`: how goods get to the customer.
export const fulfillmentSchema = /* GraphQL */ `
  type Query {
    fulfillment(orderId: ID!): Fulfillment
    _orders(ids: [ID!]!): [Order]!
  }

  type Mutation {
    "Stops the goods of an order, for good; false when they are on their way."
    _hold(orderId: ID!): Boolean!
  }

  type Order {
    id: ID!
    fulfillment: Fulfillment
  }

  type Fulfillment {
    id: ID!
    orderId: ID!
    kind: FulfillmentKind!
    "Of the parcel, or of the mail."
    tracking: String!
  }

  enum FulfillmentKind {
    SHIPMENT
    EMAIL
  }
`
