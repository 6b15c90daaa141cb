// The format of header values: Envoy's %VARIABLE% and %VARIABLE(argument)%, with %% for a percent sign.

/** What the parser waits for after the characters it has read. */
type Expecting = 'text' | 'name' | 'argument' | 'list-item' | 'string' | 'list-end' | 'bracket-end' | 'variable-end'

/** One step: what is expected next, or the sentence of a refusal. */
type Step = Expecting | { flaw: string }

const refused = (why: string): Step => ({ flaw: `invalid header configuration. ${why}` })

/** By what is expected: what a character leads to. A space is skipped where the grammar has no use for it. */
const steps: Record<Expecting, (character: string, next: string) => Step> = {
  text: (character, next) => {
    if (character !== '%' || next === '%') return 'text'
    return next === '' ? refused('Un-escaped %') : 'name'
  },
  name: character => (character === '%' ? 'text' : character === '(' ? 'argument' : 'name'),
  argument: character => (character === '[' ? 'list-item' : character === ' ' ? 'argument' : 'string'),
  'list-item': character => (character === '"' ? 'string' : character === ' ' ? 'list-item' : refused(`Expecting '"'`)),
  string: character => (character === ')' ? 'variable-end' : character === '"' ? 'list-end' : 'string'),
  'list-end': character => {
    if (character === ',') return 'list-item'
    if (character === ']') return 'bracket-end'
    return character === ' ' ? 'list-end' : refused(`Expecting ',', ']', or whitespace`)
  },
  'bracket-end': character => {
    if (character === ')') return 'variable-end'
    return character === ' ' ? 'bracket-end' : refused(`Expecting ')' or whitespace after '{}', but found '{}'`)
  },
  'variable-end': character => {
    if (character === '%') return 'text'
    return character === ' ' ? 'variable-end' : refused(`Expecting '%' or whitespace after`)
  },
}

/** Why Envoy would refuse the value; it does not look at which variables there are. */
export function headerFormatFlaw(value: string): string | undefined {
  let expecting: Expecting = 'text'
  for (let at = 0; at < value.length; at++) {
    const [character, next] = [value.charAt(at), value.charAt(at + 1)]
    if (escapes(expecting, character, next)) {
      if (next === '') return 'invalid header configuration. Un-terminated backslash in JSON string'
      at++
      continue
    }
    const step: Step = steps[expecting](character, next)
    if (typeof step === 'object') return step.flaw
    expecting = step
  }
  return expecting === 'text' ? undefined : `invalid header configuration. Un-terminated variable expression '${value}'`
}

/** Whether the next character is taken as it is. */
const escapes = (expecting: Expecting, character: string, next: string): boolean =>
  (expecting === 'string' && character === '\\') || (expecting === 'text' && `${character}${next}` === '%%')
