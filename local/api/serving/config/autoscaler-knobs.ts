// The keys of config-autoscaler: every one once, with its default, how it is read, what it may be and what it does.
import { parseDuration } from '../../../kernel/duration.ts'

/** One key: its default, how it is read, what it may be and what it does. */
export interface Knob<T> {
  key: string
  default: T
  /** Undefined when the text is no such value. */
  parse(text: string): T | undefined
  /** What is wrong with a value that could be read; undefined when nothing is. */
  flaw?(value: T): string | undefined
  doc: string
}

const number = (text: string) => (text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined)
const integer = (text: string) => (/^[+-]?\d{1,10}$/.test(text) ? Number(text) : undefined)
const boolean = (text: string) => (/^(true|1|t)$/i.test(text) ? true : /^(false|0|f)$/i.test(text) ? false : undefined)
const string = (text: string) => text
// Fractions up to 1 stand for themselves, everything above is a percentage, as Knative reads it.
const fraction = (text: string) => {
  const value = number(text)
  return value !== undefined && value > 1 ? value / 100 : value
}

const atLeast = (least: number) => (value: number) => (value < least ? `must be at least ${least}` : undefined)
const above = (bound: number) => (value: number) => (value > bound ? undefined : `must be greater than ${bound}`)
const within =
  (least: number, most: number, unit = '') =>
  (value: number) =>
    value < least || value > most ? `must be in [${least}${unit}, ${most}${unit}]` : undefined
const wholeSeconds = (ms: number) => (ms % 1_000 ? 'must be given in whole seconds' : undefined)

/** The knobs with the defaults Knative 1.22 ships; durations are in milliseconds. */
export const autoscalerKnobs = {
  podAutoscalerClass: {
    key: 'pod-autoscaler-class',
    default: 'kpa.autoscaling.knative.dev',
    parse: string,
    doc: 'Class of autoscaler for revisions that name none.',
  },
  enableScaleToZero: {
    key: 'enable-scale-to-zero',
    default: true,
    parse: boolean,
    doc: 'Whether the last instance goes when no request comes.',
  },
  allowZeroInitialScale: {
    key: 'allow-zero-initial-scale',
    default: false,
    parse: boolean,
    doc: 'Whether initial-scale may be 0, here and as an annotation.',
  },
  maxScaleUpRate: {
    key: 'max-scale-up-rate',
    default: 1_000,
    parse: number,
    flaw: above(1),
    doc: 'Largest ratio of desired to ready instances in one decision.',
  },
  maxScaleDownRate: {
    key: 'max-scale-down-rate',
    default: 2,
    parse: number,
    flaw: above(1),
    doc: 'Largest ratio of ready to desired instances in one decision.',
  },
  concurrencyUtilization: {
    key: 'container-concurrency-target-percentage',
    default: 0.7,
    parse: fraction,
    flaw: value => (value > 0 && value <= 1 ? undefined : 'must be in (0, 100]'),
    doc: 'Share of the concurrency an instance may take that the autoscaler aims for.',
  },
  concurrencyTarget: {
    key: 'container-concurrency-target-default',
    default: 100,
    parse: number,
    flaw: atLeast(0.01),
    doc: 'Concurrency an instance may take when its revision sets no limit.',
  },
  rpsTarget: {
    key: 'requests-per-second-target-default',
    default: 200,
    parse: number,
    flaw: atLeast(0.01),
    doc: 'Requests a second an instance may take when the metric is rps.',
  },
  targetBurstCapacity: {
    key: 'target-burst-capacity',
    default: 211,
    parse: number,
    flaw: value => (value < 0 && value !== -1 ? 'must be at least 0, or -1 for unlimited' : undefined),
    doc: 'Burst in concurrent requests that must fit, else the activator stays in the path; -1 keeps it there always.',
  },
  panicWindowPercentage: {
    key: 'panic-window-percentage',
    default: 10,
    parse: number,
    flaw: within(1, 100),
    doc: 'Length of the panic window in percent of the stable window.',
  },
  panicThresholdPercentage: {
    key: 'panic-threshold-percentage',
    default: 200,
    parse: number,
    doc: 'Desired instances over ready ones, in percent, from which on the autoscaler panics.',
  },
  activatorCapacity: {
    key: 'activator-capacity',
    default: 100,
    parse: number,
    flaw: atLeast(1),
    doc: 'Concurrent requests one activator of a cluster takes; here one activator takes all.',
  },
  initialScale: {
    key: 'initial-scale',
    default: 1,
    parse: integer,
    flaw: atLeast(0),
    doc: 'Instances a new revision must reach before it is Ready.',
  },
  minScale: {
    key: 'min-scale',
    default: 0,
    parse: integer,
    flaw: atLeast(0),
    doc: 'Fewest instances of a revision that is reachable.',
  },
  maxScale: {
    key: 'max-scale',
    default: 0,
    parse: integer,
    flaw: atLeast(0),
    doc: 'Most instances of a revision; 0 is no limit.',
  },
  maxScaleLimit: {
    key: 'max-scale-limit',
    default: 0,
    parse: integer,
    flaw: atLeast(0),
    doc: 'Largest max-scale a revision may ask for; 0 is no limit.',
  },
  stableWindowMs: {
    key: 'stable-window',
    default: 60_000,
    parse: parseDuration,
    flaw: ms => within(6, 3_600, 's')(ms / 1_000) ?? wholeSeconds(ms),
    doc: 'Time over which requests are averaged.',
  },
  scaleDownDelayMs: {
    key: 'scale-down-delay',
    default: 0,
    parse: parseDuration,
    flaw: ms => atLeast(0)(ms) ?? wholeSeconds(ms),
    doc: 'Time a lower demand must last before instances go.',
  },
  scaleToZeroGraceMs: {
    key: 'scale-to-zero-grace-period',
    default: 30_000,
    parse: parseDuration,
    flaw: ms => (ms > 0 ? undefined : 'must be positive'),
    doc: 'Longest time the last instance stays until the activator is known to be in the path.',
  },
  scaleToZeroRetentionMs: {
    key: 'scale-to-zero-pod-retention-period',
    default: 0,
    parse: parseDuration,
    flaw: atLeast(0),
    doc: 'Shortest time the last instance stays after the decision for zero.',
  },
  tickMs: {
    key: 'tick-interval',
    default: 2_000,
    parse: parseDuration,
    flaw: ms => (ms >= 100 ? undefined : 'must be at least 100ms'),
    doc: 'Time between two decisions of an active revision.',
  },
} satisfies Knobs

interface Knobs {
  [name: string]: Knob<string> | Knob<number> | Knob<boolean>
}
