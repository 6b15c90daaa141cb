// CloudEvents SQL, version 1: https://github.com/cloudevents/spec/blob/main/cesql/spec.md. Depends on nothing else.
import type { Result } from './cast.ts'
import { type Attributes, compile } from './evaluate.ts'
import { parseTree } from './parser.ts'

export type { Value } from './ast.ts'
export type { Result } from './cast.ts'
export { type ErrorKind, type EvaluationError, ParseError } from './errors.ts'
export type { Attributes } from './evaluate.ts'

export interface Expression {
  /** Never throws: what goes wrong is the result's `error`, beside the zero value of the result's type. */
  evaluate(attributes: Attributes): Result
}

/** Parses an expression. Throws `ParseError` with the column of what is wrong. */
export function parse(expression: string): Expression {
  return { evaluate: compile(parseTree(expression)) }
}

/** The expression as a filter: true where it evaluates to true without an error (section 1.2). */
export function matches(expression: Expression, attributes: Attributes): boolean {
  const { value, error } = expression.evaluate(attributes)
  return error === undefined && value === true
}
