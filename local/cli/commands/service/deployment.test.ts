// What the words of a deployment stand for: folders, images, files, and the sentences for everything else.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DeploymentFlags, deploymentOf } from './deployment.ts'
import { imageNameOf } from './image-name.ts'

let project: string

const manifest = (name: string) =>
  JSON.stringify({
    ...{ apiVersion: 'serving.knative.dev/v1', kind: 'Service', metadata: { name, namespace: 'shop' } },
    spec: { template: { spec: { containers: [{ image: 'dev.local/shop/cart', env: [{ name: 'A', value: '1' }] }] } } },
  })

function write(path: string, text: string): void {
  mkdirSync(dirname(join(project, path)), { recursive: true })
  writeFileSync(join(project, path), text)
}

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'deploy-'))
  write('functions/shop/cart/app.ts', '')
  write('functions/shop/till/app.ts', '')
  write('functions/shop/empty/readme.md', '')
  write('knative/shop/cart.yaml', manifest('cart'))
  write('two.yaml', `${manifest('a')}\n---\n${manifest('b')}`)
  write('none.yaml', 'kind: ConfigMap\napiVersion: v1\n')
  write('broken.yaml', 'a: [')
})

afterAll(() => rmSync(project, { recursive: true }))

function deployed(what: string, flags: Partial<DeploymentFlags> = {}) {
  const { metadata, spec } = deploymentOf(what, project, { env: [], ...flags }, 'context')
  const [container] = spec.template.spec.containers
  const env = (container?.env ?? []).map(({ name, value }) => `${name}=${value}`)
  return `${metadata.namespace}/${metadata.name} ${container?.image} ${env}`.trimEnd()
}

describe('what is deployed', () => {
  const rows: [sentence: string, what: string, flags: Partial<DeploymentFlags>, wanted: string][] = [
    ['an image', 'lab.local/shop/Till_2:1', {}, 'context/till-2 lab.local/shop/Till_2:1'],
    ['an image by another name, elsewhere', 'a/b', { name: 'c', namespace: 'n' }, 'n/c a/b'],
    ['a function without a manifest', 'functions/shop/till', {}, 'context/till dev.local/shop/till'],
    ['a function with its manifest', './functions/shop/cart/', {}, 'shop/cart dev.local/shop/cart A=1'],
    ['a function published as an image', 'functions/shop/cart', { image: 'lab/cart:2' }, 'shop/cart lab/cart:2 A=1'],
    ['a file', 'knative/shop/cart.yaml', {}, 'shop/cart dev.local/shop/cart A=1'],
    [
      'with other variables',
      'knative/shop/cart.yaml',
      { env: ['B=2', 'A=x=y'] },
      'shop/cart dev.local/shop/cart B=2,A=x=y',
    ],
  ]
  it.for(rows)('%s', ([, what, flags, wanted]) => {
    expect(deployed(what, flags)).toBe(wanted)
  })

  it.each([
    ['a file that is not there', 'nowhere.yaml', {}, 'no such file'],
    ['a path that is not there', './nowhere', {}, 'no such folder or file'],
    ['a folder that is no function', 'knative', {}, 'is no function: give the folder functions/SUITE/SERVICE'],
    ['a folder without code', 'functions/shop/empty', {}, 'expected in app.ts'],
    ['a file with two services', 'two.yaml', {}, 'must hold one Knative Service, and holds 2'],
    ['a file with none', 'none.yaml', {}, 'and holds 0'],
    ['a file that is no YAML', 'broken.yaml', {}, 'refused: '],
    ['a variable without a value', 'a/b', { env: ['X'] }, '--env X: write NAME=VALUE'],
  ])('%s is refused', (_, what, flags, sentence) => {
    expect(() => deployed(what, flags)).toThrow(sentence)
  })
})

describe('the name of an image', () => {
  it.each([
    ['hello', 'hello'],
    ['registry:5000/a/hello:1.2', 'hello'],
    ['a/b@sha256:0123', 'b'],
    ['a/_B__c_', 'b-c'],
  ])('%s is %s', (image, name) => {
    expect(imageNameOf(image)).toBe(name)
  })
})
