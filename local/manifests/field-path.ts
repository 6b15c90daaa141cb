// Field paths as webhooks write them (`spec.traffic[0].tag`), followed through the nodes of a YAML document.
import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair } from 'yaml'

export interface Root {
  node: Node | null
  document: Document.Parsed
}

/** Where a path ends: the node that names the field (its key, or the item), and what it holds. */
export interface Place {
  key: unknown
  value: unknown
}

/**
 * The node a path leads to, or the deepest one on the way. Keys may hold dots (annotations do), so the longest key
 * that fits is taken; what webhooks write beyond a field (`[*]`, `=0 not allowed`) ends the walk.
 */
export function nodeAt({ node, document }: Root, path: string): Place {
  let place: Place = { key: node, value: node }
  let rest = path
  while (rest !== '') {
    const next = step(resolved(place.value, document), rest)
    if (!next) break
    place = next.place
    rest = next.rest
  }
  return place
}

function step(node: unknown, path: string): { place: Place; rest: string } | undefined {
  if (isSeq(node)) {
    const index = /^\[(\d+)\]\.?/.exec(path)
    const item = index ? node.items[Number(index[1])] : undefined
    return index && item !== undefined
      ? { place: { key: item, value: item }, rest: path.slice(index[0].length) }
      : undefined
  }
  if (!isMap(node)) return undefined
  const found = node.items
    .map(pair => ({ pair, taken: taken(keyText(pair), path) }))
    .sort((a, b) => b.taken - a.taken)[0]
  if (!found || found.taken === 0) return undefined
  return { place: { key: found.pair.key, value: found.pair.value }, rest: path.slice(found.taken) }
}

/** How much of the path a key stands for: with its dot, or in brackets; 0 when it does not fit. */
function taken(key: string, path: string): number {
  if (path.startsWith(`[${key}]`)) return path.startsWith(`[${key}].`) ? key.length + 3 : key.length + 2
  if (key === '' || !path.startsWith(key)) return 0
  const after = path[key.length]
  if (after === undefined || after === '[') return key.length
  return after === '.' || after === '=' ? key.length + 1 : 0
}

function keyText({ key }: Pair): string {
  return isScalar(key) ? String(key.value) : ''
}

function resolved(node: unknown, document: Document.Parsed): unknown {
  return isAlias(node) ? node.resolve(document) : node
}
