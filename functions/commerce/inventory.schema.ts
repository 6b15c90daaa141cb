// The language of `inventory`: what there is to buy, and how much of it.
export const inventorySchema = /* GraphQL */ `
  type Query {
    product(sku: ID!): Product
    products(first: Int = 50): [Product!]!
    _products(skus: [ID!]!): [Product]!
  }

  type Mutation {
    "Sets pieces aside for an order: all lines or none. Says whether it could. Again for the same order: no change."
    reserve(orderId: ID!, lines: [Wanted!]!): Boolean!
    "Gives back what was set aside for an order."
    release(orderId: ID!): Boolean!
    "Adds pieces to the stock. With a key, a second call adds nothing."
    restock(sku: ID!, quantity: Int!, key: String): Product!
  }

  input Wanted {
    sku: ID!
    quantity: Int!
  }

  type Product {
    sku: ID!
    title: String!
    "In cents."
    price: Int!
    "Pieces that can be bought."
    stock: Int!
    "Pieces set aside for orders that are not done."
    held: Int!
    sold: Int!
    "Delivered by e-mail."
    digital: Boolean!
  }
`
