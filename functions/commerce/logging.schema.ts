// The language of `logging`: everything that happened.
export const loggingSchema = /* GraphQL */ `
  type Query {
    "Facts in the order in which they led to each other."
    log(orderId: ID, type: String, first: Int = 100): [LogEntry!]!
    "Facts that somebody did not take after all tries, the latest first."
    undelivered(first: Int = 100): [LogEntry!]!
  }

  type LogEntry {
    id: ID!
    type: String!
    source: String!
    subject: String!
    time: String!
    "The id of the fact that led to this one."
    cause: String
    "As JSON."
    data: String!
  }
`
