// What right answers of the suites look like.

interface Greeted {
  service: string
}

/** True of the edge's answer with the seven services, each once. */
export function complete(body: string): boolean {
  return allSeven(body, json => (json as { greeting: Greeted[] }).greeting)
}

/** The same of the bare list that /api/ping gives. */
export function distinctGreetings(body: string): boolean {
  return allSeven(body, json => json as Greeted[])
}

function allSeven(body: string, listOf: (json: unknown) => Greeted[]): boolean {
  try {
    const list = listOf(JSON.parse(body))
    return list.length === 7 && new Set(list.map(one => one.service)).size === 7
  } catch {
    return false
  }
}

/** The service on the third line of the relay's answer: the core that was asked. */
export function coreOf(body: string): string | undefined {
  return body.split('\n')[2]?.split(' ')[3]
}

/** True of an answer of GraphQL with data and without errors. */
export function answered(body: string): boolean {
  try {
    const { data, errors } = JSON.parse(body) as { data?: unknown; errors?: unknown }
    return Boolean(data) && errors === undefined
  } catch {
    return false
  }
}
