// Scaling annotations: what a webhook says of each, at its bounds and beyond.
import { describe, expect, it } from 'vitest'
import type { AutoscalerRules } from './configs.ts'
import { scalingFlaws } from './scaling-annotations.ts'

const shipped: AutoscalerRules = {
  allowZeroInitialScale: false,
  maxScaleLimit: 0,
  podAutoscalerClass: 'kpa.autoscaling.knative.dev',
}

/** The flaws of annotations given without their domain, as `message: key`. */
function said(annotations: Record<string, string>, rules: Partial<AutoscalerRules> = {}): string[] {
  const full = Object.entries(annotations).map(([key, value]) => [`autoscaling.knative.dev/${key}`, value])
  const flaws = scalingFlaws(Object.fromEntries(full), { ...shipped, ...rules }, 'at')
  return flaws.map(({ message, path }) => `${message}: ${path.replaceAll('at.autoscaling.knative.dev/', '')}`)
}

describe('taken', () => {
  const rows: [sentence: string, annotations: Record<string, string>, rules?: Partial<AutoscalerRules>][] = [
    ['none at all', {}],
    ['a minimum of 0', { 'min-scale': '0' }],
    ['the largest scale there is', { 'max-scale': '2147483647' }],
    ['a maximum of 0, which is none, beside a minimum', { 'min-scale': '5', 'max-scale': '0' }],
    ['equal bounds', { 'min-scale': '2', 'max-scale': '2' }],
    ['the shortest window', { window: '6s' }],
    ['the longest window', { window: '1h' }],
    ['a window in minutes', { window: '2m30s' }],
    ['the smallest target', { target: '0.01' }],
    ['a burst without bound', { 'target-burst-capacity': '-1' }],
    ['no burst', { 'target-burst-capacity': '0' }],
    ['a full utilization', { 'target-utilization-percentage': '100' }],
    ['a panic window of 1 %', { 'panic-window-percentage': '1' }],
    ['a panic threshold of 110 %', { 'panic-threshold-percentage': '110' }],
    ['no retention', { 'scale-to-zero-pod-retention-period': '0s' }],
    ['a retention in milliseconds', { 'scale-to-zero-pod-retention-period': '1500ms' }],
    ['an hour of delay', { 'scale-down-delay': '1h' }],
    ['the metric rps', { metric: 'rps' }],
    ['the metric concurrency', { metric: 'concurrency' }],
    ['any metric of another’s autoscaler', { class: 'mine.example.com', metric: 'queue-length' }],
    ['cpu of the HPA', { class: 'hpa.autoscaling.knative.dev', metric: 'cpu' }],
    ['an activation scale of 2', { 'activation-scale': '2' }],
    ['an initial scale of 0 where it is allowed', { 'initial-scale': '0' }, { allowZeroInitialScale: true }],
    ['an initial scale', { 'initial-scale': '7' }],
    ['the first spelling', { minScale: '1', maxScale: '2' }],
    [
      'weighted averages',
      { class: 'kpa.autoscaling.knative.dev', 'metric-aggregation-algorithm': 'weightedExponential' },
    ],
    ['a maximum within the limit', { 'max-scale': '5' }, { maxScaleLimit: 5 }],
  ]
  it.for(rows)('%s', ([, annotations, rules]) => {
    expect(said(annotations, rules)).toEqual([])
  })
})

describe('refused', () => {
  const rows: [
    sentence: string,
    annotations: Record<string, string>,
    flaws: string[],
    rules?: Partial<AutoscalerRules>,
  ][] = [
    ['a minimum below 0', { 'min-scale': '-1' }, ['expected 0 <= -1 <= 2147483647: min-scale']],
    ['a minimum that is no whole number', { 'min-scale': '1.5' }, ['invalid value: 1.5: min-scale']],
    ['a maximum in words', { 'max-scale': 'ten' }, ['invalid value: ten: max-scale']],
    [
      'crossed bounds',
      { 'min-scale': '3', 'max-scale': '2' },
      ['max-scale=2 is less than min-scale=3: max-scale, min-scale'],
    ],
    [
      'crossed bounds in the first spelling',
      { minScale: '3', maxScale: '2' },
      ['max-scale=2 is less than min-scale=3: max-scale, min-scale'],
    ],
    ['a maximum above the limit', { 'max-scale': '6' }, ['expected 1 <= 6 <= 5: max-scale'], { maxScaleLimit: 5 }],
    [
      'no maximum where there is a limit',
      { 'max-scale': '0' },
      ['max-scale=0 (unlimited), must be less than 5: max-scale'],
      { maxScaleLimit: 5 },
    ],
    ['a window of 5 s', { window: '5s' }, ['expected 6s <= 5s <= 1h0m0s: window']],
    ['a window beyond an hour', { window: '61m' }, ['expected 6s <= 61m <= 1h0m0s: window']],
    ['a window of half seconds', { window: '6500ms' }, ['must be specified with at most second precision: window']],
    ['a window without a unit', { window: '60' }, ['invalid value: 60: window']],
    ['a target of 0', { target: '0' }, ['target 0 should be at least 0.01: target']],
    ['a target in words', { target: 'many' }, ['invalid value: many: target']],
    ['a burst of -2', { 'target-burst-capacity': '-2' }, ['invalid value: -2: target-burst-capacity']],
    [
      'a utilization of 0',
      { 'target-utilization-percentage': '0' },
      ['expected 1 <= 0 <= 100: target-utilization-percentage'],
    ],
    [
      'a panic window beyond all',
      { 'panic-window-percentage': '101' },
      ['expected 1 <= 101 <= 100: panic-window-percentage'],
    ],
    [
      'a panic threshold below demand',
      { 'panic-threshold-percentage': '100' },
      ['expected 110 <= 100 <= 1000: panic-threshold-percentage'],
    ],
    [
      'a retention beyond an hour',
      { 'scale-to-zero-pod-retention-period': '2h' },
      ['expected 0s <= 2h <= 1h0m0s: scale-to-zero-pod-retention-period'],
    ],
    ['a delay below 0', { 'scale-down-delay': '-1s' }, ['expected 0s <= -1s <= 1h0m0s: scale-down-delay']],
    [
      'a delay of half seconds',
      { 'scale-down-delay': '1500ms' },
      ['must be specified with at most second precision: scale-down-delay'],
    ],
    [
      'an activation scale of 1',
      { 'activation-scale': '1' },
      ['activation-scale=1 must be greater than 1: activation-scale'],
    ],
    [
      'an activation scale below the minimum',
      { 'min-scale': '4', 'activation-scale': '3' },
      ['min-scale=4 is greater than activation-scale=3: activation-scale'],
    ],
    [
      'an activation scale above the maximum',
      { 'max-scale': '2', 'activation-scale': '3' },
      ['max-scale=2 is less than activation-scale=3: activation-scale'],
    ],
    ['an unknown metric', { metric: 'cpu' }, ['invalid value: cpu: metric']],
    [
      'an unknown class of Knative’s own',
      { class: 'x.autoscaling.knative.dev' },
      ['invalid value: x.autoscaling.knative.dev: class'],
    ],
    [
      'an unknown average',
      { class: 'kpa.autoscaling.knative.dev', 'metric-aggregation-algorithm': 'median' },
      ['invalid value: median: metric-aggregation-algorithm'],
    ],
    [
      'an initial scale of 0 where it is not',
      { 'initial-scale': '0' },
      ['invalid value: 0: initial-scale=0 not allowed by cluster'],
    ],
    [
      'an initial scale below 0',
      { 'initial-scale': '-1' },
      ['invalid value: -1: initial-scale must be greater than 0'],
    ],
    ['an initial scale in words', { 'initial-scale': 'x' }, ['invalid value: x: initial-scale']],
    [
      'several at once, each told',
      { 'min-scale': 'x', window: 'y' },
      ['invalid value: x: min-scale', 'invalid value: y: window'],
    ],
  ]
  it.for(rows)('%s', ([, annotations, flaws, rules]) => {
    expect(said(annotations, rules)).toEqual(flaws)
  })
})
