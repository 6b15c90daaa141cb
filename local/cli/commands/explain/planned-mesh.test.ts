import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { planMesh } from './planned-mesh.ts'

let folder: string

const write = (path: string, text: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
  return join(folder, path)
}

const route = (host: string, name = 'route') => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: ${name}
  namespace: default
  annotations:
    a.b/c: d
spec:
  hosts:
    - ${host}
  http:
    - match:
        - uri:
            prefix: /a
      route:
        - destination:
            host: a.default.svc.cluster.local
`

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'planned-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

async function hosts(...files: string[]): Promise<string[]> {
  const { objects } = await planMesh(folder, files, 0)
  return objects.virtualServices.flatMap(({ spec }) => spec.hosts ?? [])
}

describe('the plan of a folder', () => {
  it('is the same when it was kept', async () => {
    write('istio/a.yaml', route('a.example.com'))
    const first = await planMesh(folder, [], 0)
    const kept = await planMesh(folder, [], 0)
    expect(kept.objects).toEqual(JSON.parse(JSON.stringify(first.objects)))
    expect(kept.namespaces).toEqual(first.namespaces)
    expect([...kept.table.gatewayPorts.keys()]).toEqual([...first.table.gatewayPorts.keys()])
  })

  it.each([
    ['spec.http[0].match[0].uri', 13],
    ['spec.http[0].match[0].uri.exact', 13],
    ['spec.hosts[0]', 10],
    ['spec.http[7].match[0]', 11],
    ['metadata.name', 1],
  ])('knows the line of %s, or of its nearest parent', async (path, line) => {
    write('istio/a.yaml', route('a.example.com'))
    const { manifests } = await planMesh(folder, [], 0)
    expect(manifests[0]?.locate(path)).toEqual({ line })
  })

  it('is another one with each change of a text', async () => {
    write('istio/a.yaml', route('a.example.com'))
    expect(await hosts()).toEqual(['a.example.com'])
    write('istio/a.yaml', route('b.example.com'))
    expect(await hosts()).toEqual(['b.example.com'])
    write('istio/a.yaml', route('a.example.com'))
    expect(await hosts()).toEqual(['a.example.com'])
  })

  it('is another one with a file that comes or goes', async () => {
    write('istio/a.yaml', route('a.example.com'))
    await hosts()
    const more = write('istio/b.yaml', route('b.example.com', 'more'))
    expect((await hosts()).sort()).toEqual(['a.example.com', 'b.example.com'])
    rmSync(more)
    expect(await hosts()).toEqual(['a.example.com'])
  })

  it('counts files given on top, by their content', async () => {
    write('istio/a.yaml', route('a.example.com'))
    const rule = write('rule.yaml', route('c.example.com'))
    expect(await hosts(rule)).toEqual(['c.example.com'])
    expect(await hosts()).toEqual(['a.example.com'])
    write('rule.yaml', route('d.example.com'))
    expect(await hosts(rule)).toEqual(['d.example.com'])
  })

  it('refuses a flaw of a file given on top each time', async () => {
    const rule = write('rule.yaml', 'kind: Nothing\n')
    for (const _round of [1, 2]) await expect(planMesh(folder, [rule], 0)).rejects.toThrow('rule.yaml:1')
  })
})
