// Delegation between VirtualServices: which rules of the child come through, and with what.
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { HttpRoute, VirtualService } from '../../../api/istio/types.ts'
import { bindVirtualServices } from './delegates.ts'

function object(name: string, spec: object, namespace = 'default'): VirtualService {
  return { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name, namespace }, spec }
}

/** The rules of the root once its delegate `child` has spoken. */
function merged(root: string, child: string, childSpec: object = {}): HttpRoute[] {
  const http = [{ ...parse(root), delegate: { name: 'child' } }]
  const all = bindVirtualServices([
    object('root', { hosts: ['a.com'], http }),
    object('child', { http: [parse(child)], ...childSpec }),
  ])
  return all.find(({ name }) => name === 'root')?.rules.map(rule => rule.http) ?? []
}

const to = 'route: [{destination: {host: r}}]'

describe('matches of root and child', () => {
  const rows: [sentence: string, root: string, child: string, merged: object[] | undefined][] = [
    ['a root without a match leaves the child’s', '', '{uri: {exact: /a}}', [{ uri: { exact: '/a' } }]],
    ['a child without a match has the root’s', '{uri: {prefix: /a}}', '', [{ uri: { prefix: '/a' } }]],
    [
      '03-09: a child under the root’s prefix',
      '{uri: {prefix: /a}}',
      '{uri: {exact: /a/b}}',
      [{ uri: { exact: '/a/b' } }],
    ],
    ['beside it, the rule is dropped', '{uri: {prefix: /api}}', '{uri: {prefix: /a}}', undefined],
    ['an exact root needs the same', '{uri: {exact: /a}}', '{uri: {exact: /a}}', [{ uri: { exact: '/a' } }]],
    ['not another', '{uri: {exact: /a}}', '{uri: {exact: /ab}}', undefined],
    ['nor a prefix', '{uri: {exact: /a}}', '{uri: {prefix: /a}}', undefined],
    ['a regex contradicts everything', '{uri: {regex: "/a.*"}}', '{uri: {regex: "/a.*"}}', undefined],
    ['also in the child', '{uri: {prefix: /a}}', '{uri: {regex: "/a.*"}}', undefined],
    [
      'fields of both are joined',
      '{uri: {prefix: /a}}',
      '{headers: {x: {exact: b}}}',
      [{ uri: { prefix: '/a' }, headers: { x: { exact: 'b' } } }],
    ],
    [
      'headers of both',
      '{headers: {x: {exact: a}}}',
      '{headers: {y: {exact: b}}}',
      [{ headers: { x: { exact: 'a' }, y: { exact: 'b' } } }],
    ],
    ['the same header with another value', '{headers: {x: {exact: a}}}', '{headers: {x: {exact: b}}}', undefined],
    ['presence contradicts presence', '{headers: {x: {}}}', '{headers: {x: {}}}', undefined],
    [
      'case has to count for both or none',
      '{uri: {prefix: /a}, ignoreUriCase: true}',
      '{uri: {prefix: /a}}',
      undefined,
    ],
    ['another port', '{port: 80}', '{port: 81}', undefined],
    ['another method', '{method: {exact: GET}}', '{method: {exact: POST}}', undefined],
    ['a child in the root’s source namespace only', '{sourceNamespace: a}', '{uri: {prefix: /}}', undefined],
    ['source labels that differ', '{sourceLabels: {a: b}}', '{sourceLabels: {a: c}}', undefined],
    ['gateways that the root has not', '{gateways: [g]}', '{gateways: [mesh]}', undefined],
    [
      'gateways of the root',
      '{gateways: [mesh]}',
      '{uri: {prefix: /a}}',
      [{ gateways: ['mesh'], uri: { prefix: '/a' } }],
    ],
  ]
  it.for(rows)('%s', ([, root, child, wanted]) => {
    const match = (text: string) => (text ? `match: [${text}], ` : '')
    const got = merged(`{${root ? `match: [${root}]` : ''}}`, `{${match(child)}${to}}`)
    if (wanted) expect(got[0]?.match).toMatchObject(wanted)
    else expect(got).toEqual([])
  })
  it('every entry of the child goes with every entry of the root that it fits', () => {
    const got = merged(
      '{match: [{uri: {prefix: /a}}, {uri: {prefix: /a/b}}]}',
      `{match: [{uri: {prefix: /a/b/c}}], ${to}}`,
    )
    expect(got[0]?.match).toHaveLength(2)
  })
  it('one entry of the child without a partner drops the rule', () => {
    const got = merged('{match: [{uri: {prefix: /a}}]}', `{match: [{uri: {prefix: /a}}, {uri: {prefix: /b}}], ${to}}`)
    expect(got).toEqual([])
  })
})

describe('what else the merged rule has', () => {
  it('both names', () => {
    expect(merged('{name: root}', `{name: child, ${to}}`)[0]?.name).toBe('root-child')
    expect(merged('{name: root}', `{${to}}`)[0]?.name).toBe('root')
    expect(merged('{}', `{name: child, ${to}}`)[0]?.name).toBe('child')
  })
  it('the root’s fields where the child has none', () => {
    const got = merged('{timeout: 1s, retries: {attempts: 1}}', `{timeout: 2s, ${to}}`)[0]
    expect(got).toMatchObject({ timeout: '2s', retries: { attempts: 1 } })
    expect(got?.delegate).toBeUndefined()
  })
  it('destinations in the namespace of the child', () => {
    const root = object('root', { hosts: ['a.com'], http: [{ delegate: { name: 'child', namespace: 'other' } }] })
    const [bound] = bindVirtualServices([root, object('child', { http: [parse(`{${to}}`)] }, 'other')])
    expect(bound?.rules[0]?.http.route?.[0]?.destination.host).toBe('r.other.svc.cluster.local')
    expect(bound?.rules[0]?.origin).toMatchObject({ namespace: 'other', name: 'child', path: 'spec.http[0]' })
  })
})

describe('a delegate', () => {
  it('speaks for its rules as they stand in its own file', () => {
    const http = [{ delegate: { name: 'child' }, match: [{ uri: { prefix: '/a' } }] }]
    const child = object('child', { http: [parse(`{match: [{uri: {prefix: /a/b}}], ${to}}`)] })
    const [bound] = bindVirtualServices([object('root', { hosts: ['a.com'], http }), child])
    expect(bound?.rules[0]).toMatchObject({ merged: true, origin: { name: 'child', path: 'spec.http[0]' } })
  })
  it('that is not there takes its rule with it, and no other', () => {
    const http = [{ delegate: { name: 'nobody' } }, parse(`{name: rest, ${to}}`)]
    const [bound] = bindVirtualServices([object('root', { hosts: ['a.com'], http })])
    expect(bound?.rules.map(rule => rule.http.name)).toEqual(['rest'])
  })
  it('that is not exported to the root neither', () => {
    const root = object('root', { hosts: ['a.com'], http: [{ delegate: { name: 'child', namespace: 'other' } }] })
    const child = object('child', { http: [parse(`{${to}}`)], exportTo: ['.'] }, 'other')
    expect(bindVirtualServices([root, child])[0]?.rules).toEqual([])
  })
  it('is no VirtualService of its own', () => {
    expect(bindVirtualServices([object('child', { http: [parse(`{${to}}`)] })])).toEqual([])
  })
  it('with hosts is none', () => {
    expect(merged('{}', `{${to}}`, { hosts: ['b.com'] })).toEqual([])
  })
})
