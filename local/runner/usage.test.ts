// What processes use, averaged between looks.
import { describe, expect, it } from 'vitest'
import type { InstanceSpec } from '../seams/instances.ts'
import type { RunningInstance } from './types.ts'
import { createNodeUsage, createUsage, sampled } from './usage.ts'

describe('CPU', () => {
  const first = sampled(undefined, { at: 10_000, cpuSeconds: 2, ageMs: 8_000 })

  it('is at first the average since the process was started', () => {
    expect(first).toMatchObject({ cpu: 0.25, windowMs: 8_000 })
  })

  it('is then the average since the look before', () => {
    expect(sampled(first, { at: 14_000, cpuSeconds: 4, ageMs: 12_000 })).toMatchObject({ cpu: 0.5, windowMs: 4_000 })
  })

  it('is the same when somebody looks again at once', () => {
    expect(sampled(first, { at: 10_500, cpuSeconds: 9, ageMs: 8_500 })).toBe(first)
  })

  it('is never less than nothing', () => {
    expect(sampled(first, { at: 14_000, cpuSeconds: 0, ageMs: 100 }).cpu).toBe(0)
  })
})

describe.runIf(process.platform === 'linux')('usage', () => {
  const container = { name: 'main', pid: process.pid, env: {}, cwd: '/', enter: [] }
  const instance = { name: 'pod-1', containers: () => [container] } as unknown as RunningInstance
  const spec = { name: 'pod-1', namespace: 'n', labels: { app: 'x' } } as unknown as InstanceSpec

  it('of a process that runs is more than nothing', () => {
    const [pod] = createUsage().take(new Map([[instance, spec]]), Date.now())
    expect(pod).toMatchObject({ namespace: 'n', pod: 'pod-1', labels: { app: 'x' } })
    expect(pod?.containers[0]?.memory).toBeGreaterThan(1_000_000)
    expect(pod?.containers[0]?.cpu).toBeGreaterThan(0)
  })

  it('of a process that is gone is nothing', () => {
    const gone = { ...instance, containers: () => [{ ...container, pid: 2 ** 22 + 1 }] } as unknown as RunningInstance
    const [pod] = createUsage().take(new Map([[gone, spec]]), Date.now())
    expect(pod?.containers).toEqual([{ name: 'main', cpu: 0, cpuSeconds: 0, memory: 0, windowMs: expect.any(Number) }])
  })

  it('of the machine is within what it has', () => {
    const { memory, cpu } = createNodeUsage()()
    expect(memory).toBeGreaterThan(0)
    expect(cpu).toBeGreaterThanOrEqual(0)
  })
})
