// The annotations of autoscaling.knative.dev, as the webhook checks them (pkg/apis/autoscaling/annotation_validation.go).
import { formatDuration, parseDuration } from '../../kernel/duration.ts'
import type { FieldError } from '../../kernel/errors.ts'
import type { AutoscalerRules } from './configs.ts'
import { invalidValue, largestInt32, outOfBounds } from './flaws.ts'

const group = 'autoscaling.knative.dev'
const kpa = `kpa.${group}`
const hpa = `hpa.${group}`
const shortestWindowMs = 6_000
const longestWindowMs = 3_600_000

interface Annotation {
  key: string
  value: string
}

/** Older spellings of keys that are still read. */
const spellings: Record<string, readonly string[]> = {
  'min-scale': ['min-scale', 'minScale'],
  'max-scale': ['max-scale', 'maxScale'],
  'initial-scale': ['initial-scale', 'initialScale'],
  'target-burst-capacity': ['target-burst-capacity', 'targetBurstCapacity'],
  'target-utilization-percentage': ['target-utilization-percentage', 'targetUtilizationPercentage'],
  'panic-window-percentage': ['panic-window-percentage', 'panicWindowPercentage'],
  'panic-threshold-percentage': ['panic-threshold-percentage', 'panicThresholdPercentage'],
  'scale-to-zero-pod-retention-period': ['scale-to-zero-pod-retention-period', 'scaleToZeroPodRetentionPeriod'],
  'scale-down-delay': ['scale-down-delay', 'scaleDownDelay'],
  'metric-aggregation-algorithm': ['metric-aggregation-algorithm', 'metricAggregationAlgorithm'],
}

/** Flaws of a revision's scaling annotations; paths start at `at`. */
export function scalingFlaws(
  annotations: Record<string, string> | undefined,
  rules: AutoscalerRules,
  at: string,
): FieldError[] {
  const get = (name: string): Annotation | undefined => {
    for (const spelling of spellings[name] ?? [name]) {
      const key = `${group}/${spelling}`
      const value = annotations?.[key]
      if (value !== undefined) return { key, value }
    }
    return undefined
  }
  const flaws = [
    ...classFlaws(get('class')),
    ...scaleFlaws(get, rules),
    ...numberFlaws(get),
    ...windowFlaws(get('window')),
    ...delayFlaws(get('scale-to-zero-pod-retention-period'), false),
    ...delayFlaws(get('scale-down-delay'), true),
    ...metricFlaws(get('metric'), get('class')?.value ?? rules.podAutoscalerClass),
    ...algorithmFlaws(get('metric-aggregation-algorithm'), get('class')?.value),
    ...initialScaleFlaws(get('initial-scale'), rules),
  ]
  return flaws.map(flaw => ({
    ...flaw,
    path: flaw.path
      .split(', ')
      .map(one => `${at}.${one}`)
      .join(', '),
  }))
}

function classFlaws(own: Annotation | undefined): FieldError[] {
  const unknown = own?.value.endsWith(group) && own.value !== kpa && own.value !== hpa
  return own && unknown ? [invalidValue(own.value, own.key)] : []
}

type Get = (name: string) => Annotation | undefined

function scaleFlaws(get: Get, { maxScaleLimit }: AutoscalerRules): FieldError[] {
  const min = count(get('min-scale'))
  const max = count(get('max-scale'))
  const flaws = [...min.flaws, ...max.flaws]
  if (max.value !== 0 && max.value < min.value) {
    const message = `max-scale=${max.value} is less than min-scale=${min.value}`
    flaws.push({ path: `${group}/max-scale, ${group}/min-scale`, message })
  }
  const own = get('max-scale')
  if (own && maxScaleLimit > 0 && max.value > maxScaleLimit)
    flaws.push(outOfBounds(max.value, 1, maxScaleLimit, own.key))
  if (own && maxScaleLimit > 0 && max.value === 0) {
    flaws.push({ path: own.key, message: `max-scale=0 (unlimited), must be less than ${maxScaleLimit}` })
  }
  return [...flaws, ...activationFlaws(get('activation-scale'), min.value, max.value)]
}

function count(own: Annotation | undefined): { value: number; flaws: FieldError[] } {
  if (!own) return { value: 0, flaws: [] }
  if (!/^[+-]?\d+$/.test(own.value)) return { value: 0, flaws: [invalidValue(own.value, own.key)] }
  const value = Number(own.value)
  const fits = value >= 0 && value <= largestInt32
  return fits ? { value, flaws: [] } : { value: 0, flaws: [outOfBounds(own.value, 0, largestInt32, own.key)] }
}

function activationFlaws(own: Annotation | undefined, min: number, max: number): FieldError[] {
  if (!own) return []
  const { key: path, value: text } = own
  if (!/^[+-]?\d+$/.test(text)) return [invalidValue(text, path)]
  const value = Number(text)
  if (min > value) return [{ path, message: `min-scale=${min} is greater than activation-scale=${value}` }]
  if (max !== 0 && max < value) return [{ path, message: `max-scale=${max} is less than activation-scale=${value}` }]
  return value < 2 ? [{ path, message: `activation-scale=${value} must be greater than 1` }] : []
}

/** Percentages and targets: their bounds, as Knative prints them. */
const bounds: Record<string, readonly [least: number, most: number]> = {
  'panic-window-percentage': [1, 100],
  'panic-threshold-percentage': [110, 1000],
  'target-utilization-percentage': [1, 100],
}

function numberFlaws(get: Get): FieldError[] {
  const bounded = Object.entries(bounds).flatMap(([name, [least, most]]) => {
    const own = get(name)
    if (!own) return []
    const value = float(own.value)
    if (value === undefined) return [invalidValue(own.value, own.key)]
    return value < least || value > most ? [outOfBounds(own.value, least, most, own.key)] : []
  })
  return [...bounded, ...targetFlaws(get('target')), ...burstFlaws(get('target-burst-capacity'))]
}

function targetFlaws(own: Annotation | undefined): FieldError[] {
  if (!own) return []
  const value = float(own.value)
  if (value === undefined) return [invalidValue(own.value, own.key)]
  return value < 0.01 ? [{ path: own.key, message: `target ${own.value} should be at least 0.01` }] : []
}

/** -1 is without bound. */
function burstFlaws(own: Annotation | undefined): FieldError[] {
  const value = own && float(own.value)
  const wrong = value === undefined || (value < 0 && value !== -1)
  return own && wrong ? [invalidValue(own.value, own.key)] : []
}

function float(text: string): number | undefined {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined
}

function windowFlaws(own: Annotation | undefined): FieldError[] {
  if (!own) return []
  const ms = parseDuration(own.value)
  if (ms === undefined) return [invalidValue(own.value, own.key)]
  if (ms < shortestWindowMs || ms > longestWindowMs) {
    return [outOfBounds(own.value, formatDuration(shortestWindowMs), formatDuration(longestWindowMs), own.key)]
  }
  return precisionFlaws(ms, own.key)
}

function delayFlaws(own: Annotation | undefined, wholeSeconds: boolean): FieldError[] {
  if (!own) return []
  const ms = parseDuration(own.value)
  if (ms === undefined) return [invalidValue(own.value, own.key)]
  if (ms < 0 || ms > longestWindowMs) return [outOfBounds(own.value, '0s', formatDuration(longestWindowMs), own.key)]
  return wholeSeconds ? precisionFlaws(ms, own.key) : []
}

function precisionFlaws(ms: number, path: string): FieldError[] {
  return ms % 1_000 === 0 ? [] : [{ path, message: 'must be specified with at most second precision' }]
}

/** Autoscalers of others have metrics of their own. */
function metricFlaws(own: Annotation | undefined, scaler: string): FieldError[] {
  if (!own || (scaler !== kpa && scaler !== hpa)) return []
  const known = scaler === kpa ? ['concurrency', 'rps'].includes(own.value) : own.value !== ''
  return known ? [] : [invalidValue(own.value, own.key)]
}

function algorithmFlaws(own: Annotation | undefined, scaler: string | undefined): FieldError[] {
  if (!own?.value || scaler !== kpa) return []
  const known = ['linear', 'weightedExponential', 'weighted-exponential'].includes(own.value)
  return known ? [] : [invalidValue(own.value, own.key)]
}

function initialScaleFlaws(own: Annotation | undefined, { allowZeroInitialScale }: AutoscalerRules): FieldError[] {
  if (!own) return []
  if (!/^[+-]?\d+$/.test(own.value)) return [invalidValue(own.value, own.key)]
  const value = Number(own.value)
  if (value < 0) return [invalidValue(own.value, `${own.key} must be greater than 0`)]
  return value === 0 && !allowZeroInitialScale ? [invalidValue(own.value, `${own.key}=0 not allowed by cluster`)] : []
}
