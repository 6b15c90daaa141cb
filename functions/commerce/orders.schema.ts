// The language of `orders`: what customers want, and how far it has come.
export const ordersSchema = /* GraphQL */ `
  type Query {
    order(id: ID!): Order
    "The newest first."
    orders(first: Int = 50, status: OrderStatus): [Order!]!
    _orders(ids: [ID!]!): [Order]!
    _customers(ids: [ID!]!): [Customer]!
  }

  type Mutation {
    "With a key, a second call gives the order of the first one."
    placeOrder(customerId: ID!, lines: [LineInput!]!, key: String): Order!
    "Possible until the goods are on their way."
    cancelOrder(id: ID!): Order!
  }

  type Subscription {
    "Each status the order gets to, those it has been in first; ends with the last one."
    orderStatus(id: ID!): OrderStatus!
  }

  enum OrderStatus {
    PLACED
    PAID
    FULFILLED
    "Not enough of something."
    REJECTED
    "Not paid, or a step of it gave up; everything done for it was undone."
    FAILED
    CANCELLED
    RETURNED
  }

  input LineInput {
    sku: ID!
    quantity: Int!
  }

  type Line {
    sku: ID!
    title: String!
    quantity: Int!
    "Of one piece, in cents."
    price: Int!
    digital: Boolean!
    product: Product
  }

  type Product {
    sku: ID!
  }

  type Customer {
    id: ID!
    "The newest first."
    orders(first: Int = 50): [Order!]
  }

  type Order {
    id: ID!
    customerId: ID!
    customer: Customer
    lines: [Line!]!
    "In cents."
    total: Int!
    status: OrderStatus!
    reason: String
    placedAt: String!
    history: [Step!]!
  }

  type Step {
    status: OrderStatus!
    at: String!
  }
`
