// The tree of an expression: inert data between the parser and the evaluator.

export type Value = string | number | boolean

/** `=` and its opposites take any type; the others are named by what they take. */
export type EqualityOperator = '=' | '!=' | '<>'
export type OrderOperator = '<' | '<=' | '>' | '>='
export type MathOperator = '+' | '-' | '*' | '/' | '%'
export type LogicOperator = 'AND' | 'OR' | 'XOR'
export type BinaryOperator = EqualityOperator | OrderOperator | MathOperator | LogicOperator

export type Node =
  | { type: 'literal'; value: Value }
  | { type: 'attribute'; name: string }
  | { type: 'exists'; name: string }
  | { type: 'not'; operand: Node }
  | { type: 'negate'; operand: Node }
  | { type: 'binary'; operator: BinaryOperator; left: Node; right: Node }
  | { type: 'like'; operand: Node; pattern: string }
  | { type: 'in'; operand: Node; set: readonly Node[] }
  | { type: 'call'; name: string; arguments: readonly Node[] }
