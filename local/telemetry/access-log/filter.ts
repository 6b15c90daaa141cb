// The part of CEL that access logs are filtered by: comparisons of response.code, joined by && and ||.

const comparison = /^\s*\(?\s*response\.code\s*(>=|<=|==|!=|>|<)\s*(\d{1,3})\s*\)?\s*$/

type Test = (status: number) => boolean

const operators: Readonly<Record<string, (status: number, bound: number) => boolean>> = {
  '>=': (status, bound) => status >= bound,
  '<=': (status, bound) => status <= bound,
  '==': (status, bound) => status === bound,
  '!=': (status, bound) => status !== bound,
  '>': (status, bound) => status > bound,
  '<': (status, bound) => status < bound,
}

/** Which statuses are logged; undefined when the expression says more than this understands. */
export function requestFilter(expression: string): Test | undefined {
  const groups = expression.split('||').map(group => group.split('&&').map(testOf))
  const known = groups.map(group => group.filter(test => test !== undefined))
  if (known.some((group, index) => group.length !== groups[index]?.length)) return undefined
  return status => known.some(group => group.every(test => test(status)))
}

function testOf(text: string): Test | undefined {
  const [, operator = '', bound] = comparison.exec(text) ?? []
  const compare = operators[operator]
  return compare && (status => compare(status, Number(bound)))
}
