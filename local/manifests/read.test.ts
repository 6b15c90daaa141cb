import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createRegistry } from '../api/registry.ts'
import { formatManifestError } from './manifest.ts'
import { readProject } from './project.ts'
import { readManifests, readSources, revisionsOf } from './read.ts'

const registry = createRegistry()
const read = (text: string, file = 'a.yaml') => readSources([{ file, text }], { registry, now: 0 })
const errorsOf = (text: string) => read(text).errors.map(formatManifestError)

const configMap = (name: string, more = '') => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${more}`
const service = (spec: string) => `apiVersion: serving.knative.dev/v1
kind: Service
metadata:
  name: hello
  namespace: app
spec:
  template:
    spec:
      containers:
        - image: dev.local/a/b
${spec}`

describe('a document', () => {
  it('comes with its place, its key, and the places of its fields', () => {
    const { documents, errors } = read(`# first\n---\n${configMap('a', 'data:\n  x.y: z\n')}---\n${configMap('b')}`)
    expect(errors).toEqual([])
    expect(documents.map(({ object, line, key }) => [object.metadata.name, line, key])).toEqual([
      ['a', 3, 'a.yaml#/ConfigMap/default/a'],
      ['b', 10, 'a.yaml#/ConfigMap/default/b'],
    ])
    expect(documents[0]?.locate('data.x.y')).toEqual({ line: 8, column: 3 })
    expect(documents[0]?.locate('data[x.y]')).toEqual({ line: 8, column: 3 })
    expect(documents[0]?.locate('data.missing')).toEqual({ line: 7, column: 1 })
  })

  it('that is empty, or only a comment, is none', () => {
    expect(read('')).toEqual({ documents: [], errors: [] })
    expect(read('# nothing\n---\n---\n')).toEqual({ documents: [], errors: [] })
  })

  it('may be a List, whose items are documents', () => {
    const { documents } = read(
      'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: a\n',
    )
    expect(documents.map(({ object, line, locate }) => [object.kind, line, locate('metadata.name').line])).toEqual([
      ['ConfigMap', 4, 7],
    ])
  })

  it('has a hash that changes with its content alone, and of a Service one for the traffic', () => {
    const hash = (text: string) => read(text).documents[0]?.hash
    expect(hash(configMap('a', 'data: {x: "1", y: "2"}'))).toBe(
      hash(configMap('a', 'data:\n  y: "2" # said otherwise\n  x: "1"\n')),
    )
    expect(hash(configMap('a', 'data: {x: "1"}'))).not.toBe(hash(configMap('a', 'data: {x: "2"}')))
    const [template, traffic] = hash(service('  traffic: [{latestRevision: true, percent: 100}]'))?.split('/') ?? []
    expect(hash(service(''))).toMatch(new RegExp(`^${template}/`))
    expect(hash(service(''))).not.toContain(traffic)
  })

  it('reads booleans and numbers as Kubernetes does, and leaves dates and times alone', () => {
    const value = (text: string) => {
      const { documents } = read(
        `apiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: {name: a}\nstatus: {v: ${text}}`,
      )
      return (documents[0]?.object as { status?: { v: unknown } } | undefined)?.status?.v
    }
    expect(['yes', 'on', 'off', 'No', 'true', '"yes"'].map(value)).toEqual([true, true, false, false, true, 'yes'])
    expect(['0777', '0x10', '1_000', '1.5', '1e3', '~'].map(value)).toEqual([511, 16, 1000, 1.5, 1000, null])
    expect(['.', '.5', '5.'].map(value)).toEqual(['.', 0.5, 5])
    expect(['2026-01-02', '12:30:45', '1:30'].map(value)).toEqual(['2026-01-02', '12:30:45', '1:30'])
  })

  it('follows anchors and merge keys', () => {
    const errors = errorsOf(configMap('a', 'data: &d\n  x: "Yg=="\nbinaryData:\n  <<: *d\n  y: "Yg=="\n'))
    expect(errors).toEqual(['a.yaml:6:3: duplicate of key present in binaryData: data[x]'])
  })
})

describe('a flaw has its line, its sentence, and what would be right', () => {
  it.each<[string, string, string]>([
    ['a syntax error', 'a: [1\nb: 2\n', 'a.yaml:2:1: not readable as YAML'],
    ['a tab', 'a:\n\tb: 1\n', 'a.yaml:2:1: not readable as YAML: Tabs are not allowed'],
    ['a duplicate key', configMap('a', 'kind: Secret\n'), 'a.yaml:5:1: duplicate key "kind"'],
    [
      'a tag nobody knows',
      configMap('a', 'data: {x: !secret y}\n'),
      'a.yaml:5:11: not readable as YAML: Unresolved tag',
    ],
    ['an anchor that is not there', configMap('a', 'data: *x\n'), 'a.yaml:1:1: not readable as YAML: Unresolved alias'],
    ['a list', '- a\n', 'a.yaml:1:1: not an object'],
    ['a text', 'hello\n', 'a.yaml:1:1: not an object'],
    ['no kind', 'apiVersion: v1\nmetadata: {name: a}\n', 'a.yaml:1:1: kind is missing'],
    [
      'an unknown kind',
      configMap('a').replace('ConfigMap', 'ConfigMpa'),
      'a.yaml:2:1: no kind "ConfigMpa" in version "v1": did you mean ConfigMap (v1)?',
    ],
    [
      'an unknown kind like no other',
      configMap('a').replace('ConfigMap', 'Zzzzzzzz'),
      'a.yaml:2:1: no kind "Zzzzzzzz" in version "v1" is known',
    ],
    [
      'another version',
      service('').replace('/v1', '/v2'),
      'a.yaml:2:1: no kind "Service" in version "serving.knative.dev/v2": Service is known in serving.knative.dev/v1',
    ],
    ['no name', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n', 'a.yaml:3:1: metadata.name: Required value'],
    ['no metadata', 'apiVersion: v1\nkind: ConfigMap\n', 'a.yaml:1:1: metadata.name: Required value'],
    [
      'an unknown field',
      service('  trafic: []\n'),
      'a.yaml:11:3: unknown field "spec.trafic": did you mean "traffic"?',
    ],
    [
      'a field nothing like the known ones',
      service('  replicas: 1\n'),
      'a.yaml:11:3: unknown field "spec.replicas": known here are template, traffic',
    ],
    ['a wrong type', service('  traffic: {}\n'), 'a.yaml:11:3: spec.traffic: expected array, got object'],
    [
      'a number where text belongs',
      configMap('a', 'data:\n  port: 8080\n'),
      'a.yaml:6:3: data[port]: expected string, got number: write "8080" in quotes',
    ],
    [
      'a boolean nobody meant',
      configMap('a', 'data:\n  debug: on\n'),
      'a.yaml:6:3: data[debug]: expected string, got boolean: write "on" in quotes',
    ],
    ['a bad name', configMap('A'), 'a.yaml:4:3: metadata.name: Invalid value: "A": a lowercase RFC 1123 subdomain'],
    ['a bad label', configMap('a', '  labels: {a: b c}\n'), 'a.yaml:5:3: metadata.labels: Invalid value: "b c"'],
    [
      'what the kind refuses',
      'apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  ports:\n  - port: 80\n    protocol: UPD\n',
      'a.yaml:7:5: Unsupported value: "UPD"',
    ],
  ])('%s', (_, text, expected) => {
    const { documents, errors } = read(text)
    expect(errors.map(formatManifestError)).toEqual([expect.stringContaining(expected)])
    expect(documents).toEqual([])
  })

  it('names all flaws of a file, in the order of lines, and keeps nothing of it', () => {
    const errors = errorsOf(`${configMap('a', 'extra: 1\n')}---\n${configMap('b')}---\n${configMap('C', '')}`)
    expect(errors.map(text => text.split(': ')[0])).toEqual(['a.yaml:5:1', 'a.yaml:15:3'])
    expect(read(`${configMap('a', 'extra: 1\n')}---\n${configMap('b')}`).documents).toEqual([])
  })

  it('stops aliases that multiply', () => {
    const levels = Array.from(
      { length: 12 },
      (_, level) =>
        `l${level}: &l${level} [${
          level === 0
            ? 'x'
            : Array(9)
                .fill(`*l${level - 1}`)
                .join(',')
        }]`,
    )
    expect(errorsOf(levels.join('\n'))).toEqual([expect.stringContaining('Excessive alias count')])
  })

  it('takes any text without falling over', () => {
    for (const text of [
      '\0',
      '{',
      '}',
      '%YAML 9.9\n---\na',
      '&a *a',
      '? [',
      ': ',
      '!!',
      '\ufeff',
      '|',
      '--- >',
      'a: b: c',
    ]) {
      expect(() => read(text)).not.toThrow()
    }
  })
})

describe('an object written twice', () => {
  it('names both places and keeps the first file', () => {
    const both = [
      { file: 'a.yaml', text: configMap('x') },
      { file: 'b.yaml', text: configMap('x') },
    ]
    const { documents, errors } = readSources(both, { registry })
    expect(errors.map(formatManifestError)).toEqual([
      'b.yaml:4:3: ConfigMap "x" of namespace "default" is written twice: also at a.yaml:1',
    ])
    expect(documents.map(one => one.file)).toEqual(['a.yaml'])
  })

  it('is fine for the numbered revisions of one Service, in one folder', () => {
    const files = (...names: string[]) => names.map(file => ({ file, text: service('') }))
    expect(readSources(files('k/hello/1-a.yaml', 'k/hello/2-b.yaml'), { registry }).errors).toEqual([])
    expect(readSources(files('k/hello/1-a.yaml', 'k/other/2-b.yaml'), { registry }).errors).toHaveLength(1)
    expect(readSources(files('k/hello/a.yaml', 'k/hello/b.yaml'), { registry }).errors).toHaveLength(1)
  })
})

describe('an object written several times, where that is taken', () => {
  const readAll = (...sources: [file: string, text: string][]) =>
    readSources(
      sources.map(([file, text]) => ({ file, text })),
      { registry, repeats: true },
    )

  it('comes as often as it stands, in the order it stands', () => {
    const { documents, errors } = readAll(
      ['a.yaml', `${configMap('x')}---\n${service('')}---\n${configMap('x')}`],
      ['b.yaml', service('')],
    )
    expect(errors).toEqual([])
    expect(documents.map(({ file, line, object }) => `${file}:${line} ${object.kind}`)).toEqual([
      'a.yaml:1 ConfigMap',
      'a.yaml:6 Service',
      'a.yaml:17 ConfigMap',
      'b.yaml:1 Service',
    ])
  })

  it('belongs together when it is a Knative Service, whatever the files are called', () => {
    const { documents } = readAll(
      ['a.yaml', `${configMap('x')}---\n${service('')}---\n${configMap('x')}`],
      ['b.yaml', `${service('')}---\n${service('').replace('hello', 'other')}`],
    )
    expect(documents.map(one => revisionsOf(one, documents)?.map(({ file, line }) => `${file}:${line}`))).toEqual([
      undefined,
      ['a.yaml:6', 'b.yaml:1'],
      undefined,
      ['a.yaml:6', 'b.yaml:1'],
      undefined,
    ])
  })
})

describe('files and folders', () => {
  let folder: string
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'manifests-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('below a folder *.yaml are read, numbers by value, and some folders and files are not', async () => {
    const skipped = [
      'rules/a.yaml',
      'overlays/a.yaml',
      'exercises/a.yaml',
      'kustomization.yaml',
      'a.yml',
      'a.txt',
      'a.json',
    ]
    for (const path of skipped) await write(path, 'not: [yaml')
    for (const path of ['10-c', '9-b', 'sub/d']) await write(`${path}.yaml`, configMap(path.replace(/.*[-/]/, '')))
    const { documents, errors } = await readManifests([folder], { registry, base: folder })
    expect(errors).toEqual([])
    expect(documents.map(one => one.file)).toEqual(['9-b.yaml', '10-c.yaml', 'sub/d.yaml'])
  })

  it('that are named are read whatever they are called, each once', async () => {
    await write('rules/a.yml', configMap('a'))
    const path = join(folder, 'rules/a.yml')
    const { documents } = await readManifests([path, path], { registry, base: folder })
    expect(documents.map(one => one.file)).toEqual(['rules/a.yml'])
  })

  it('that do not exist are named', async () => {
    const { errors } = await readManifests([join(folder, 'nothing')], { registry })
    expect(errors).toEqual([
      { file: join(folder, 'nothing'), message: 'no such file, or a folder without *.yaml files' },
    ])
  })

  it('of a project come in order: Namespaces, settings, istio, eventing, knative', async () => {
    const object = (apiVersion: string, kind: string, name: string) =>
      `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: ${name}}\n`
    await write('knative/a/fn.yaml', service(''))
    await write('knative/config-x.yaml', configMap('x'))
    await write('istio/a/ap.yaml', object('security.istio.io/v1', 'AuthorizationPolicy', 'ap'))
    await write(
      'eventing/a/b.yaml',
      `${object('security.istio.io/v1', 'PeerAuthentication', 'late')}---\n${object('v1', 'Namespace', 'a')}`,
    )
    await write('load/ignored.yaml', 'not: [yaml')
    const { documents, errors } = await readProject(folder, { registry })
    expect(errors).toEqual([])
    expect(documents.map(({ object }) => object.kind)).toEqual([
      'Namespace',
      'ConfigMap',
      'AuthorizationPolicy',
      'PeerAuthentication',
      'Service',
    ])
    expect(documents.at(-1)?.file).toBe('knative/a/fn.yaml')
  })

  it('of a project without any of the folders are none', async () => {
    expect(await readProject(folder, { registry })).toEqual({ documents: [], errors: [] })
  })
})
