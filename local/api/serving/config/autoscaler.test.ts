// config-autoscaler: every key read, every wrong value and contradiction named.
import { describe, expect, it } from 'vitest'
import { readAutoscaler } from './autoscaler.ts'
import { autoscalerKnobs } from './autoscaler-knobs.ts'

describe('config-autoscaler', () => {
  it('has the defaults Knative ships', () => {
    expect(readAutoscaler({ _example: 'anything' })).toMatchObject({
      enableScaleToZero: true,
      concurrencyUtilization: 0.7,
      concurrencyTarget: 100,
      rpsTarget: 200,
      targetBurstCapacity: 211,
      stableWindowMs: 60_000,
      scaleToZeroGraceMs: 30_000,
      initialScale: 1,
      maxScaleUpRate: 1_000,
    })
  })

  it('documents every key once', () => {
    const knobs = Object.values(autoscalerKnobs)
    expect(new Set(knobs.map(knob => knob.key)).size).toBe(knobs.length)
    for (const knob of knobs) expect(knob.doc).toMatch(/\.$/)
  })

  it('takes percentages and fractions alike', () => {
    const read = (text: string) => readAutoscaler({ 'container-concurrency-target-percentage': text })
    expect([read('80').concurrencyUtilization, read('0.8').concurrencyUtilization]).toEqual([0.8, 0.8])
  })

  const flawed: [string, Record<string, string>, string][] = [
    ['a word for a number', { 'max-scale-up-rate': 'fast' }, 'max-scale-up-rate: must be a number, was "fast"'],
    ['a rate of 1', { 'max-scale-up-rate': '1' }, 'max-scale-up-rate: must be greater than 1, was "1"'],
    ['a short window', { 'stable-window': '5s' }, 'stable-window: must be in [6s, 3600s], was "5s"'],
    ['half seconds', { 'stable-window': '6.5s' }, 'stable-window: must be given in whole seconds, was "6.5s"'],
    ['no duration', { 'scale-down-delay': '5' }, 'scale-down-delay: must be a duration such as 30s, was "5"'],
    [
      'a negative burst',
      { 'target-burst-capacity': '-2' },
      'target-burst-capacity: must be at least 0, or -1 for unlimited, was "-2"',
    ],
    ['no boolean', { 'enable-scale-to-zero': 'maybe' }, 'enable-scale-to-zero: must be a boolean, was "maybe"'],
    [
      'zero that is not allowed',
      { 'initial-scale': '0' },
      'initial-scale: must be at least 1 while allow-zero-initial-scale is false, was "0"',
    ],
    ['crossed bounds', { 'min-scale': '3', 'max-scale': '2' }, 'min-scale: 3 is more than max-scale 2'],
    [
      'no default below the limit',
      { 'max-scale-limit': '5' },
      'max-scale: must be in [1, 5] (max-scale-limit), was "0"',
    ],
  ]
  for (const [sentence, data, flaw] of flawed) {
    it(`reports ${sentence}`, () => {
      expect(() => readAutoscaler(data)).toThrow(flaw)
    })
  }
})
