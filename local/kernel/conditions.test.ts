import { describe, expect, it } from 'vitest'
import { type Condition, type Finding, isTrue, settleConditions } from './conditions.ts'

const set = { happy: 'Ready', dependents: ['ContainerHealthy', 'ResourcesAvailable'], info: ['Active'] }
const ok: Finding = { status: 'True' }
const start = Date.UTC(2026, 0, 1)

function ready(findings: Record<string, Finding>, before?: Condition[]) {
  return settleConditions(set, before, findings, start).find(one => one.type === 'Ready')
}

describe('Ready', () => {
  it.each([
    ['is Unknown while a dependent was not found out', { ContainerHealthy: ok }, 'Unknown', undefined],
    ['is True when all dependents are', { ContainerHealthy: ok, ResourcesAvailable: ok }, 'True', undefined],
    [
      'is False with the reason of the first False dependent, Unknown ones notwithstanding',
      { ContainerHealthy: { status: 'False', reason: 'ExitCode3', message: 'boom' } },
      'False',
      'ExitCode3',
    ],
    [
      'is Unknown with the reason of the Unknown dependent',
      { ContainerHealthy: ok, ResourcesAvailable: { status: 'Unknown', reason: 'Deploying' } },
      'Unknown',
      'Deploying',
    ],
    [
      'does not look at conditions that only inform',
      { ContainerHealthy: ok, ResourcesAvailable: ok, Active: { status: 'False', reason: 'NoTraffic' } },
      'True',
      undefined,
    ],
  ] as [string, Record<string, Finding>, string, string | undefined][])('%s', (_title, findings, status, reason) => {
    expect(ready(findings)).toMatchObject({ status, ...(reason ? { reason } : {}) })
  })
})

describe('settled conditions', () => {
  it('stand in the order of their types, informing ones with severity Info', () => {
    const findings = { Active: ok, ContainerHealthy: ok, ResourcesAvailable: ok }
    const conditions = settleConditions(set, undefined, findings, start)
    expect(conditions.map(one => one.type)).toEqual(['Active', 'ContainerHealthy', 'Ready', 'ResourcesAvailable'])
    expect(conditions[0]?.severity).toBe('Info')
    expect(isTrue(conditions)).toBe(true)
  })

  it('keep what was not looked at this time', () => {
    const before = settleConditions(set, undefined, { ContainerHealthy: ok }, start)
    expect(ready({ ResourcesAvailable: ok }, before)?.status).toBe('True')
  })

  it('move the transition time only with a change', () => {
    const before = settleConditions(set, undefined, { ContainerHealthy: ok, ResourcesAvailable: ok }, start)
    expect(settleConditions(set, before, { ContainerHealthy: ok }, start + 60_000)).toEqual(before)
    const after = settleConditions(set, before, { ContainerHealthy: { status: 'False', reason: 'X' } }, start + 60_000)
    const times = Object.fromEntries(after.map(one => [one.type, one.lastTransitionTime]))
    expect(times).toEqual({
      ContainerHealthy: '2026-01-01T00:01:00Z',
      Ready: '2026-01-01T00:01:00Z',
      ResourcesAvailable: '2026-01-01T00:00:00Z',
    })
  })
})
