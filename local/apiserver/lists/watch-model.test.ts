// Whoever lists once and then watches knows the same as the server, whatever happens and wherever the watch begins.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../kernel/object.ts'
import { api, call, maps, open, runApi } from '../api-under-test.ts'

runApi()

const names = ['a', 'b', 'c', 'd']

interface Step {
  does: 'create' | 'change' | 'label' | 'delete'
  name: string
  value: string
}

const steps = fc.array(
  fc.record<Step>({
    does: fc.constantFrom('create', 'change', 'label', 'delete'),
    name: fc.constantFrom(...names),
    value: fc.constantFrom('x', 'y'),
  }),
  { maxLength: 25 },
)

const kind = { group: '', kind: 'ConfigMap' }

/** Does a step where it can be done. */
function take({ does, name, value }: Step): void {
  const found = api.store.get(kind, 'app', name)
  const key = { ...kind, namespace: 'app', name }
  if (does === 'create' && !found) {
    api.store.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: 'app', labels: { app: value } },
    })
  } else if (found && does === 'change') api.store.update({ ...found, data: { value } } as KubeObject)
  else if (found && does === 'label') {
    api.store.update({ ...found, metadata: { ...found.metadata, labels: { app: value } } })
  } else if (found && does === 'delete') api.store.delete(key)
}

type Known = Map<string, string>

/** What one knows of an object: its name, label and data. */
function note(known: Known, { type, object }: { type: string; object: KubeObject & { data?: unknown } }): void {
  const { name, labels } = object.metadata
  if (type === 'DELETED') known.delete(name)
  else if (type !== 'BOOKMARK') known.set(name, JSON.stringify([labels, object.data]))
}

/** Everything a watch tells until `last` is seen. */
async function follow(query: string, known: Known, last: string): Promise<void> {
  const response = await open('GET', `${maps}?watch=true&${query}`)
  let rest = ''
  for await (const chunk of response.setEncoding('utf8')) {
    const complete = (rest + chunk).split('\n')
    rest = complete.pop() ?? ''
    for (const line of complete) note(known, JSON.parse(line))
    if (known.has(last)) break
  }
  known.delete(last)
}

async function listed(query = ''): Promise<{ known: Known; version: string }> {
  const { body } = await call('GET', `${maps}?${query}`)
  const known: Known = new Map()
  for (const object of body.items) note(known, { type: 'ADDED', object })
  return { known, version: body.metadata.resourceVersion }
}

async function inPages(limit: number, between: () => void): Promise<Known> {
  const known: Known = new Map()
  for (let next = ''; ; between()) {
    const { body } = await call('GET', `${maps}?limit=${limit}${next && `&continue=${next}`}`)
    for (const object of body.items) note(known, { type: 'ADDED', object })
    next = body.metadata.continue ?? ''
    if (!next) return known
  }
}

/** An object that every watch sees: what came before it has been told. */
function end(name: string): void {
  const metadata = { name, namespace: 'app', labels: { app: 'x' } }
  api.store.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata })
}
const forget = (name: string) => api.store.delete({ ...kind, namespace: 'app', name })
const clean = () => {
  for (const { metadata } of api.store.list(kind)) forget(metadata.name)
}

describe('a list and then a watch know what the server knows', () => {
  it.each(['', 'labelSelector=app%3Dx', 'fieldSelector=metadata.name!%3Db'])('selected by %j', async selected => {
    let round = 0
    await fc.assert(
      fc.asyncProperty(steps, steps, steps, async (before, between, after) => {
        clean()
        const last = `last-${round++}`
        for (const step of before) take(step)
        const { known, version } = await listed(selected)
        // What happens between the list and the watch is replayed.
        for (const step of between) take(step)
        const following = follow(`resourceVersion=${version}&${selected}`, known, last)
        for (const step of after) take(step)
        end(last)
        await following
        forget(last)
        expect(known).toEqual((await listed(selected)).known)
      }),
      { numRuns: 25, seed: 7 },
    )
  })

  it('where the watch itself begins with a list', async () => {
    let round = 0
    await fc.assert(
      fc.asyncProperty(steps, steps, async (before, after) => {
        clean()
        const last = `last-${round++}`
        for (const step of before) take(step)
        const known: Known = new Map()
        const initial = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true'
        const following = follow(initial, known, last)
        for (const step of after) take(step)
        end(last)
        await following
        forget(last)
        expect(known).toEqual((await listed()).known)
      }),
      { numRuns: 25, seed: 7 },
    )
  })
})

describe('pages together are the list of their first moment', () => {
  it('whatever happens between them', async () => {
    await fc.assert(
      fc.asyncProperty(steps, steps, fc.integer({ min: 1, max: 3 }), async (before, between, limit) => {
        clean()
        for (const step of before) take(step)
        const whole = (await listed()).known
        const paged = await inPages(limit, () => between.forEach(take))
        expect(paged).toEqual(whole)
      }),
      { numRuns: 40, seed: 7 },
    )
  })
})
