// A tree and an event's attributes to a value. Fail-fast (section 4.1): an operator whose operand failed gives the zero
// value of its own type and that operand's error.
import type { BinaryOperator, MathOperator, Node, OrderOperator, Value } from './ast.ts'
import { cast, type Result, type Type, typeOf, zeroOf } from './cast.ts'
import { findFunction } from './functions.ts'
import { likeTest } from './like.ts'

/** Attributes by name, extensions too; `data` is none of them. */
export type Attributes = Readonly<Record<string, Value>>

/** A tree made ready: what does not depend on the event is done once. */
export type Evaluate = (attributes: Attributes) => Result

export function compile(node: Node): Evaluate {
  switch (node.type) {
    case 'literal':
      return () => ({ value: node.value })
    case 'attribute':
      return attributes => attributeOf(attributes, node.name)
    case 'exists':
      return attributes => ({ value: Object.hasOwn(attributes, node.name) })
    case 'not':
      return unary(compile(node.operand), 'boolean', value => !value)
    case 'negate':
      return unary(compile(node.operand), 'integer', value => -Number(value) | 0)
    case 'like': {
      const test = likeTest(node.pattern)
      return unary(compile(node.operand), 'string', value => test(String(value)), 'boolean')
    }
    case 'in':
      return compileIn(compile(node.operand), node.set.map(compile))
    case 'call':
      return compileCall(node.name, node.arguments.map(compile))
    case 'binary':
      return compileBinary(node.operator, compile(node.left), compile(node.right))
  }
}

function attributeOf(attributes: Attributes, name: string): Result {
  const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined
  if (value !== undefined) return { value }
  return { value: false, error: { kind: 'missingAttribute', message: `the event has no attribute ${name}` } }
}

/** `then` gets the value of `operand` cast to `type`; an error before gives the zero value of `returns`. */
function unary(operand: Evaluate, type: Type, then: (value: Value) => Value, returns: Type = type): Evaluate {
  return attributes => {
    const given = castResult(operand(attributes), type)
    return given.error ? { value: zeroOf(returns), error: given.error } : { value: then(given.value) }
  }
}

function castResult(result: Result, type: Type): Result {
  return result.error ? result : cast(result.value, type)
}

// The set's elements are cast to the type of what is looked for.
function compileIn(operand: Evaluate, set: readonly Evaluate[]): Evaluate {
  return attributes => {
    const wanted = operand(attributes)
    if (wanted.error) return { value: false, error: wanted.error }
    for (const element of set) {
      const given = castResult(element(attributes), typeOf(wanted.value))
      if (given.error) return { value: false, error: given.error }
      if (given.value === wanted.value) return { value: true }
    }
    return { value: false }
  }
}

function compileCall(name: string, args: readonly Evaluate[]): Evaluate {
  const found = findFunction(name, args.length)
  if (!found) {
    const message = `there is no function ${name} of ${args.length} argument${args.length === 1 ? '' : 's'}`
    return () => ({ value: false, error: { kind: 'missingFunction', message } })
  }
  return attributes => {
    const values: Value[] = []
    for (const [index, arg] of args.entries()) {
      const type = found.parameters[index] ?? found.rest ?? 'any'
      const given = type === 'any' ? arg(attributes) : castResult(arg(attributes), type)
      if (given.error) return { value: zeroOf(found.returns), error: given.error }
      values.push(given.value)
    }
    return found.call(values as never[])
  }
}

function compileBinary(operator: BinaryOperator, left: Evaluate, right: Evaluate): Evaluate {
  switch (operator) {
    case 'AND':
      return shortCircuit(left, right, false)
    case 'OR':
      return shortCircuit(left, right, true)
    case 'XOR':
      return typed('boolean', 'boolean', left, right, (x, y) => ({ value: x !== y }))
    case '=':
      return equality(left, right, true)
    case '!=':
    case '<>':
      return equality(left, right, false)
    case '<':
    case '<=':
    case '>':
    case '>=':
      return typed('integer', 'boolean', left, right, (x, y) => ({ value: compare(operator, Number(x), Number(y)) }))
    default:
      return typed('integer', 'integer', left, right, (x, y) => calculate(operator, Number(x), Number(y)))
  }
}

/** AND decides at a false left operand, OR at a true one; only else the right one is looked at. */
function shortCircuit(left: Evaluate, right: Evaluate, decisive: boolean): Evaluate {
  return attributes => {
    const first = castResult(left(attributes), 'boolean')
    if (first.error) return { value: false, error: first.error }
    if (first.value === decisive) return { value: decisive }
    const second = castResult(right(attributes), 'boolean')
    return second.error ? { value: false, error: second.error } : { value: second.value }
  }
}

// Equality is defined for each type: the right operand says which one is meant (section 3.7).
function equality(left: Evaluate, right: Evaluate, whenEqual: boolean): Evaluate {
  return attributes => {
    const second = right(attributes)
    const first = left(attributes)
    const failed = first.error ?? second.error
    if (failed) return { value: false, error: failed }
    const { value, error } = cast(first.value, typeOf(second.value))
    return error ? { value: false, error } : { value: (value === second.value) === whenEqual }
  }
}

function typed(
  type: Type,
  returns: Type,
  left: Evaluate,
  right: Evaluate,
  then: (x: Value, y: Value) => Result,
): Evaluate {
  return attributes => {
    const x = castResult(left(attributes), type)
    const y = x.error ? x : castResult(right(attributes), type)
    return y.error ? { value: zeroOf(returns), error: y.error } : then(x.value, y.value)
  }
}

function compare(operator: OrderOperator, x: number, y: number): boolean {
  if (operator === '<') return x < y
  if (operator === '<=') return x <= y
  return operator === '>' ? x > y : x >= y
}

// Integers are of 32 bits and wrap around, as in Knative's evaluator: the specification leaves it open.
function calculate(operator: MathOperator, x: number, y: number): Result {
  switch (operator) {
    case '+':
      return { value: (x + y) | 0 }
    case '-':
      return { value: (x - y) | 0 }
    case '*':
      return { value: Math.imul(x, y) }
  }
  if (y === 0) return { value: 0, error: { kind: 'math', message: `${x} ${operator} 0: division by zero` } }
  return { value: operator === '/' ? (x / y) | 0 : (x % y) | 0 }
}
