// The part of Go's text/template that host and name templates use: `{{.Name}}` and `{{index .Labels "key"}}`.

/** Fields are strings; `Labels` and `Annotations` are maps looked into with `index`. */
export type TemplateData = Record<string, string | Record<string, string> | undefined>

export interface Template {
  source: string
  render(data: TemplateData): string
}

const action = /\{\{-?\s*(.*?)\s*-?\}\}/g
const field = /^\.(\w+)$/
const lookup = /^index\s+\.(\w+)\s+"([^"]*)"$/

/** Reads a template; throws an Error that quotes the action when it is outside that part. */
export function parseTemplate(source: string, fields: readonly string[]): Template {
  for (const [, expression = ''] of source.matchAll(action)) {
    const name = field.exec(expression)?.[1] ?? lookup.exec(expression)?.[1]
    if (!name || !fields.includes(name)) {
      throw new Error(`{{${expression}}} is not supported; write {{.Field}} with one of ${fields.join(', ')}`)
    }
  }
  return { source, render: data => source.replaceAll(action, (_, expression: string) => evaluate(expression, data)) }
}

function evaluate(expression: string, data: TemplateData): string {
  const [, map = '', key = ''] = lookup.exec(expression) ?? []
  const value = data[map || (field.exec(expression)?.[1] ?? '')]
  if (typeof value === 'string') return value
  return map ? (value?.[key] ?? '') : ''
}
