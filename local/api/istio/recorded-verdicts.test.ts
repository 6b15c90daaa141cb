import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { KubeObject } from '../../kernel/object.ts'
import { admit } from '../admission.ts'
import type { AdmissionContext } from '../kind.ts'
import { createRegistry } from '../registry.ts'

/** What Istio 1.29 said of objects, recorded: see the README beside them. */
const recordings = new URL('../../../test/recordings/istio/', import.meta.url)
const registry = createRegistry()
const context: AdmissionContext = { user: 'admin', now: 0, config: () => ({}) }

interface Rejection {
  kind: string
  name: string
  verdict: string
  /** All errors of the object, where there are several. */
  istioctl?: string
}

interface Recording {
  folder: string
  rejected: Rejection[]
  accepted: string[]
  objects: Map<string, KubeObject>
}

function recordingOf(folder: string): Recording | undefined {
  const verdicts = new URL(`${folder}/rejected.json`, recordings)
  if (!existsSync(verdicts)) return undefined
  const { rejected, accepted_candidates } = JSON.parse(readFileSync(verdicts, 'utf8'))
  return {
    folder,
    rejected,
    accepted: accepted_candidates,
    objects: objectsOf(new URL(`${folder}/config/`, recordings)),
  }
}

function objectsOf(config: URL): Map<string, KubeObject> {
  const documents = readdirSync(config).flatMap(file => parseAllDocuments(readFileSync(new URL(file, config), 'utf8')))
  const objects = documents.map(document => document.toJS() as KubeObject).filter(object => object?.kind)
  return new Map(objects.map(object => [`${object.kind}/${object.metadata?.name}`, object]))
}

const recorded = readdirSync(recordings).flatMap(folder => recordingOf(folder) ?? [])

/** The refusal of the API, or `admitted`. */
function answer(object: KubeObject | undefined): string {
  const kind = object && registry.of(object)
  if (!object || !kind) return 'no object, or no kind'
  try {
    admit(kind, object, context)
    return 'admitted'
  } catch (error) {
    return (error as Error).message
  }
}

/** A recorded verdict as the webhook says it: files are decoded with their name in the sentence. */
const asWebhook = ({ verdict, name }: Rejection): string =>
  verdict.replace(`cannot parse proto message for ${name}: `, 'error decoding configuration: ')

const rejections = recorded.flatMap(({ folder, rejected, objects }) =>
  rejected.map(one => [`${folder}: ${one.kind} ${one.name}`, one, objects.get(`${one.kind}/${one.name}`)] as const),
)
const acceptances = recorded.flatMap(({ folder, accepted, objects }) =>
  accepted.map(name => [`${folder}: ${name}`, objects.get(name)] as const),
)

describe('objects that Istio refused', () => {
  it.each(rejections)('%s', (_, rejection, object) => {
    const said = answer(object).replace('admission webhook "validation.istio.io" denied the request: ', '')
    expect(said.split('\n')[0]).toBe(asWebhook(rejection))
  })

  const several = rejections.filter(([, { istioctl }]) => istioctl)
  it.each(several)('every error of %s', (_, { istioctl = '', kind, name }, object) => {
    const errors = istioctl
      .split('\n\t* ')
      .slice(1)
      .map(line => line.replace(`${kind}/quarantine/${name}: `, ''))
    for (const error of errors) expect(answer(object)).toContain(`\n\t* ${error}\n`)
  })
})

describe('objects that Istio took, odd as they are', () => {
  it.each(acceptances)('%s', (_, object) => expect(answer(object)).toBe('admitted'))
})

describe('objects of the recordings that were applied', () => {
  const applied = recorded.flatMap(({ folder, objects, rejected }) => {
    const refused = new Set(rejected.map(({ kind, name }) => `${kind}/${name}`))
    const known = [...objects].filter(([key, object]) => !refused.has(key) && registry.of(object))
    return known.map(([key, object]) => [`${folder}: ${key}`, object] as const)
  })
  it.each(applied)('%s', (_, object) => expect(answer(object)).toBe('admitted'))
})
