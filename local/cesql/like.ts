// The LIKE operator: % stands for any characters, _ for one, a backslash takes their meaning away (section 3.4.3).

type Part = { any: true } | { one: true } | { character: string }

/** A test for `pattern`, in time proportional to the lengths of text and pattern whatever they hold. */
export function likeTest(pattern: string): (text: string) => boolean {
  const parts = partsOf(pattern)
  return text => matches([...text], parts)
}

function partsOf(pattern: string): Part[] {
  const parts: Part[] = []
  for (const [token] of pattern.matchAll(/\\[%_]|./gsu)) {
    if (token === '%') parts.push({ any: true })
    else if (token === '_') parts.push({ one: true })
    else parts.push({ character: token.length > 1 && token[0] === '\\' ? token.slice(1) : token })
  }
  return parts
}

// On a mismatch only the last % takes one character more: what an earlier one took need not be looked at again.
function matches(text: readonly string[], parts: readonly Part[]): boolean {
  let at = 0
  let part = 0
  let lastAny = -1
  let takenTo = 0
  while (at < text.length) {
    const wanted = parts[part]
    if (wanted && 'any' in wanted) {
      lastAny = part++
      takenTo = at
    } else if (wanted && ('one' in wanted || wanted.character === text[at])) {
      part++
      at++
    } else if (lastAny >= 0) {
      part = lastAny + 1
      at = ++takenTo
    } else return false
  }
  return parts.slice(part).every(rest => 'any' in rest)
}
