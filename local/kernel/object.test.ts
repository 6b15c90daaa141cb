import { describe, expect, it } from 'vitest'
import { exitCodes, messageOf, SkiffError, StatusError, statusCodes } from './errors.ts'
import { jsonLog, silentLog } from './log.ts'
import {
  controllerOf,
  formatKind,
  groupOf,
  hasLabels,
  type KubeObject,
  keyOf,
  ownedBy,
  timestamp,
  versionOf,
} from './object.ts'

const object: KubeObject = {
  apiVersion: 'serving.knative.dev/v1',
  kind: 'Service',
  metadata: { name: 'hello', namespace: 'app', uid: 'u-1', labels: { app: 'hello', tier: 'web' } },
}

describe('an object', () => {
  it.each([
    ['serving.knative.dev/v1', 'serving.knative.dev', 'v1'],
    ['v1', '', 'v1'],
    ['networking.internal.knative.dev/v1alpha1', 'networking.internal.knative.dev', 'v1alpha1'],
  ])('of %s has the group "%s" and the version %s', (apiVersion, group, version) => {
    expect([groupOf(apiVersion), versionOf(apiVersion)]).toEqual([group, version])
  })

  it('is found by group, kind, namespace and name', () => {
    expect(keyOf(object)).toEqual({ group: 'serving.knative.dev', kind: 'Service', namespace: 'app', name: 'hello' })
    const node = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'app' } }
    expect(keyOf(node)).toEqual({ group: '', kind: 'Namespace', namespace: '', name: 'app' })
    expect(formatKind(keyOf(object))).toBe('serving.knative.dev/Service')
  })

  it('is owned by its controller, and by nobody when none controls it', () => {
    const owned = { ...object, metadata: { name: 'x', ownerReferences: [ownedBy(object)] } }
    expect(controllerOf(owned)).toEqual({
      ...{ apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'hello', uid: 'u-1' },
      ...{ controller: true, blockOwnerDeletion: true },
    })
    const held = { ...ownedBy(object), controller: false }
    expect(controllerOf({ ...object, metadata: { name: 'x', ownerReferences: [held] } })).toBeUndefined()
    expect(controllerOf(object)).toBeUndefined()
  })

  it.each([
    ['one label', { app: 'hello' }, true],
    ['all of them', { app: 'hello', tier: 'web' }, true],
    ['none asked for', {}, true],
    ['another value', { app: 'other' }, false],
    ['a label it lacks', { zone: '' }, false],
  ])('is selected by %s: %s → %s', (_sentence, selector, selected) => {
    expect(hasLabels(object, selector as Record<string, string>)).toBe(selected)
  })

  it('has times with seconds, as Kubernetes writes them', () => {
    expect(timestamp(Date.UTC(2026, 10, 21, 8, 30, 57, 999))).toBe('2026-11-21T08:30:57Z')
  })
})

describe('errors', () => {
  it('of the API are the Status of the wire', () => {
    const error = new StatusError('NotFound', 'services "x" not found', { name: 'x', kind: 'services' })
    expect(error.toStatus()).toEqual({
      ...{ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: 'services "x" not found' },
      ...{ reason: 'NotFound', code: 404, details: { name: 'x', kind: 'services' } },
    })
    expect(new StatusError('Conflict', 'changed').toStatus()).not.toHaveProperty('details')
  })

  it('have the HTTP codes of Kubernetes', () => {
    expect(statusCodes).toMatchObject({
      AlreadyExists: 409,
      Conflict: 409,
      Invalid: 422,
      Expired: 410,
      BadRequest: 400,
    })
  })

  it('for people end the command with their code, 1 unless said', () => {
    const cause = new Error('EACCES')
    const error = new SkiffError('port 80 is taken', exitCodes.taken, { cause })
    expect([error.message, error.exitCode, error.cause]).toEqual(['port 80 is taken', 5, cause])
    expect(new SkiffError('no').exitCode).toBe(1)
    expect(new StatusError('Gone', 'no')).toBeInstanceOf(SkiffError)
  })

  it('say something whatever was thrown', () => {
    expect([messageOf(new Error('a')), messageOf('b'), messageOf(undefined)]).toEqual(['a', 'b', 'undefined'])
  })
})

describe('the log', () => {
  it('is a line of JSON an entry, by the clock it is given', () => {
    const lines: string[] = []
    const log = jsonLog(
      line => void lines.push(line),
      () => 0,
    )
    log('warn', 'two\nlines', { pid: 7, missing: undefined })
    expect(lines).toEqual(['{"time":"1970-01-01T00:00:00.000Z","level":"warn","msg":"two\\nlines","pid":7}\n'])
  })

  it('can be silent', () => {
    expect(silentLog('error', 'unheard')).toBeUndefined()
  })
})
