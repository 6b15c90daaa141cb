import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../kernel/object.ts'
import { parseFieldSelector, parseLabelSelector, selectorOf } from './selectors.ts'

describe('a label selector', () => {
  it.each<[string, Record<string, string>, boolean]>([
    ['', {}, true],
    ['a=b', { a: 'b' }, true],
    ['a=b', { a: 'c' }, false],
    ['a=b', {}, false],
    ['a==b', { a: 'b' }, true],
    ['a = b', { a: 'b' }, true],
    ['a=', { a: '' }, true],
    ['a=', {}, false],
    ['a!=b', { a: 'c' }, true],
    ['a!=b', {}, true],
    ['a!=b', { a: 'b' }, false],
    ['a', { a: '' }, true],
    ['a', {}, false],
    ['!a', {}, true],
    ['!a', { a: 'x' }, false],
    ['a in (b,c)', { a: 'c' }, true],
    ['a in (b, c)', { a: 'd' }, false],
    ['a in (b)', {}, false],
    ['a notin (b)', {}, true],
    ['a notin (b,c)', { a: 'b' }, false],
    ['a=b,c', { a: 'b', c: 'x' }, true],
    ['a=b,c', { a: 'b' }, false],
    ['a in (x,y),!b,c!=d', { a: 'y' }, true],
    ['serving.knative.dev/service=hello', { 'serving.knative.dev/service': 'hello' }, true],
    ['a>1', { a: '2' }, true],
    ['a>1', { a: '1' }, false],
    ['a < 10', { a: '9' }, true],
    ['a<10', { a: 'x' }, false],
    ['a>-1', {}, false],
    ['toString', {}, false],
    ['__proto__', {}, false],
  ])('%j of %j: %s', (text, labels, wanted) => expect(parseLabelSelector(text)(labels)).toBe(wanted))

  it.each(['a b', 'a in b', 'a in (b', '=b', 'a>x', '!', 'a=b=c', 'a in (b))'])('%j is none', text => {
    expect(() => parseLabelSelector(text)).toThrow(`unable to parse requirement: "${text}"`)
  })
})

describe('a field selector', () => {
  const pod = {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'app' } },
    ...{ spec: { nodeName: 'localhost' }, status: { phase: 'Running' } },
  } as KubeObject
  const event = {
    ...{ apiVersion: 'v1', kind: 'Event', metadata: { name: 'e' }, reason: 'Created', type: 'Normal' },
    involvedObject: { kind: 'Service', name: 'hello', uid: 'u' },
  } as KubeObject

  it.each<[string, KubeObject, boolean]>([
    ['', pod, true],
    ['metadata.name=p', pod, true],
    ['metadata.name==p,metadata.namespace=app', pod, true],
    ['metadata.name!=p', pod, false],
    ['status.phase=Running,spec.nodeName=localhost', pod, true],
    ['status.phase=Pending', pod, false],
    ['involvedObject.kind=Service,involvedObject.name=hello,involvedObject.uid=u', event, true],
    ['involvedObject.fieldPath=', event, true],
    ['reason=Created,type!=Warning', event, true],
    ['metadata.namespace=', event, true],
  ])('%j: %s', (text, object, wanted) => expect(parseFieldSelector(text)(object)).toBe(wanted))

  it.each([
    ['spec.x=y', 'field label not supported: spec.x'],
    ['metadata.labels.a=b', 'field label not supported: metadata.labels.a'],
    ['metadata.name', 'is no field selector'],
    ['=x', 'is no field selector'],
  ])('%j is none', (text, sentence) => expect(() => parseFieldSelector(text)).toThrow(sentence))

  it('and one of labels must both hold', () => {
    const select = (query: string) => selectorOf(new URLSearchParams(query))(pod)
    expect(select('fieldSelector=metadata.name%3Dp')).toBe(true)
    expect(select('fieldSelector=metadata.name%3Dp&labelSelector=a')).toBe(false)
    expect(select('')).toBe(true)
  })
})
