// Label and field selectors of lists and watches, as queries write them.
import { StatusError } from '../../kernel/errors.ts'
import type { KubeObject } from '../../kernel/object.ts'

export type Selector = (object: KubeObject) => boolean

/** Both selectors of a query as one; a query without any takes everything. Throws BadRequest. */
export function selectorOf(query: URLSearchParams): Selector {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '')
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '')
  return object => labels(object.metadata.labels ?? {}) && fields(object)
}

type LabelTest = (labels: Record<string, string>) => boolean

/** `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1`: all must hold. */
export function parseLabelSelector(text: string): LabelTest {
  const tests = splitOutsideParentheses(text).map(requirement)
  return labels => tests.every(test => test(labels))
}

function requirement(text: string): LabelTest {
  const set = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(text)
  if (set)
    return setTest(
      set[1] ?? '',
      set[2] === 'in',
      (set[3] ?? '').split(',').map(one => one.trim()),
    )
  const pair = /^([^\s=!]+)\s*(==|=|!=)\s*([^\s=!()]*)$/.exec(text)
  if (pair) return setTest(pair[1] ?? '', pair[2] !== '!=', [pair[3] ?? ''])
  const bound = /^([^\s=!<>]+)\s*([<>])\s*(-?\d+)$/.exec(text)
  if (bound) return boundTest(bound[1] ?? '', bound[2] === '<', Number(bound[3]))
  const exists = /^(!?)\s*([^\s=!<>(),]+)$/.exec(text)
  const key = exists?.[2]
  if (exists && key) return labels => Object.hasOwn(labels, key) === (exists[1] === '')
  throw new StatusError(
    'BadRequest',
    `unable to parse requirement: "${text}" is no label selector, such as a=b, a!=b, a in (b,c), a, !a`,
  )
}

/** An absent label is in no set, so `notin` and `!=` hold for it. */
function setTest(key: string, inside: boolean, values: string[]): LabelTest {
  return labels => (Object.hasOwn(labels, key) && values.includes(labels[key] ?? '')) === inside
}

/** Only whole numbers are below or above one. */
function boundTest(key: string, below: boolean, bound: number): LabelTest {
  return labels => {
    const value = /^-?\d+$/.test(labels[key] ?? '') ? Number(labels[key]) : Number.NaN
    return below ? value < bound : value > bound
  }
}

function splitOutsideParentheses(text: string): string[] {
  const parts = text.match(/(?:[^,(]|\([^)]*\)?)+/g) ?? []
  return parts.map(part => part.trim()).filter(part => part !== '')
}

/** What the real API selects by, of the kinds served here: any kind, Events, Pods, Namespaces, Secrets. */
const selectable = [
  /^metadata\.(name|namespace)$/,
  /^(involvedObject\.(kind|name|namespace|uid|apiVersion|resourceVersion|fieldPath)|reason|type|reportingComponent)$/,
  /^(spec\.(nodeName|restartPolicy|serviceAccountName)|status\.(phase|podIP))$/,
]

/** `metadata.name=a,metadata.namespace!=b`: all must hold. Throws BadRequest for other fields. */
export function parseFieldSelector(text: string): Selector {
  const tests = text
    .split(',')
    .filter(part => part.trim() !== '')
    .map(fieldTest)
  return object => tests.every(test => test(object))
}

function fieldTest(text: string): Selector {
  const [, field = '', operator, value] = /^([^=!]+)(==|=|!=)(.*)$/.exec(text.trim()) ?? []
  if (operator === undefined) {
    throw new StatusError('BadRequest', `invalid selector: "${text}" is no field selector, such as metadata.name=a`)
  }
  if (!selectable.some(one => one.test(field))) {
    throw new StatusError('BadRequest', `field label not supported: ${field}`)
  }
  return object => (fieldOf(object, field) === value) === (operator !== '!=')
}

function fieldOf(object: KubeObject, field: string): string {
  const found = field
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], object)
  return typeof found === 'string' ? found : ''
}
