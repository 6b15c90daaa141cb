// The name rules of Kubernetes: each returns the sentence of what is wrong, or undefined.

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const subdomain = `${label}(\\.${label})*`
const label1035 = '[a-z]([-a-z0-9]*[a-z0-9])?'
const qualifiedPart = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const labelValue = `(${qualifiedPart})?`

type Rule = (value: string) => string | undefined

/** A rule of a longest length and a shape; the sentence quotes the regex, as Kubernetes does. */
function rule(longest: number, shape: string, sentence: string, examples: string): Rule {
  const whole = new RegExp(`^(?:${shape})$`)
  return value => {
    if (value.length > longest) return `must be no more than ${longest} characters`
    return whole.test(value) ? undefined : `${sentence} (e.g. ${examples}, regex used for validation is '${shape}')`
  }
}

export const dnsLabelFlaw = rule(
  63,
  label,
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  "'my-name',  or '123-abc'",
)

export const dnsSubdomainFlaw = rule(
  253,
  subdomain,
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  "'example.com'",
)

export const dns1035LabelFlaw = rule(
  63,
  label1035,
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  "'my-name',  or 'abc-123'",
)

export const labelValueFlaw = rule(
  63,
  labelValue,
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  "'MyValue',  or 'my_value',  or '12345'",
)

const namePartFlaw = rule(
  63,
  qualifiedPart,
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  "'MyName',  or 'my.name',  or '123-abc'",
)

/** Keys of labels and annotations: `name` or `prefix/name`. */
export function qualifiedNameFlaw(key: string): string | undefined {
  const parts = key.split('/')
  if (parts.length > 2) return 'a qualified name may have one prefix, a DNS subdomain, and one slash after it'
  const [prefix, name] = parts.length === 2 ? parts : [undefined, key]
  if (!name) return 'name part must be non-empty'
  if (prefix === '') return 'prefix part must be non-empty'
  const prefixFlaw = prefix === undefined ? undefined : dnsSubdomainFlaw(prefix)
  return prefixFlaw ? `prefix part ${prefixFlaw}` : namePartFlaw(name)
}
