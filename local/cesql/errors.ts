// What can go wrong in an expression: once when it is parsed, or each time it is evaluated.

/** The error types of the specification, section 3.3, as its conformance tests name them. */
export type ErrorKind = 'parse' | 'math' | 'cast' | 'missingAttribute' | 'missingFunction' | 'functionEvaluation'

/** An error of an evaluation: a value beside the result, never thrown. */
export interface EvaluationError {
  kind: Exclude<ErrorKind, 'parse'>
  message: string
}

/** Thrown by `parse`: what is wrong, and the column (from 1) where. */
export class ParseError extends Error {
  readonly kind = 'parse'
  readonly column: number

  constructor(message: string, column: number) {
    super(`column ${column}: ${message}`)
    this.name = 'ParseError'
    this.column = column
  }
}
