// The language of `customers`: who buys.
export const customersSchema = /* GraphQL */ `
  type Query {
    customer(id: ID!): Customer
    customers(first: Int = 50): [Customer!]!
    _customers(ids: [ID!]!): [Customer]!
  }

  type Mutation {
    createCustomer(name: String!, email: String!): Customer!
  }

  type Customer {
    id: ID!
    name: String!
    email: String!
  }
`
