// The language of `users`: who works in the back office.
export const usersSchema = /* GraphQL */ `
  type Query {
    user(id: ID!): User
    users(first: Int = 50): [User!]!
  }

  type Mutation {
    createUser(email: String!, roles: [String!] = []): User!
  }

  type User {
    id: ID!
    email: String!
    roles: [String!]!
  }
`
