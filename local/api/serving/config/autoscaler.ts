// The ConfigMap config-autoscaler as values: every key read, and taken only when none contradicts another.
import { parseDuration } from '../../../kernel/duration.ts'
import { autoscalerKnobs, type Knob } from './autoscaler-knobs.ts'
import { ConfigError, type ConfigFlaw } from './keys.ts'

type Widen<T> = T extends string ? string : T extends number ? number : boolean

/** The values of all knobs. */
export type AutoscalerConfig = {
  [name in keyof typeof autoscalerKnobs]: Widen<(typeof autoscalerKnobs)[name]['default']>
}

/**
 * Reads the data of the ConfigMap; unknown keys, such as `_example`, are left alone. Throws a `ConfigError` with all
 * that is wrong: settings that contradict each other are taken none, as Knative does.
 */
export function readAutoscaler(data: Record<string, string>): AutoscalerConfig {
  const flaws: ConfigFlaw[] = []
  const read = Object.entries(autoscalerKnobs).map(([name, knob]) => [
    name,
    readKnob(knob as Knob<unknown>, data, flaws),
  ])
  const config: AutoscalerConfig = Object.fromEntries(read)
  const all = flaws.length > 0 ? flaws : contradictions(config)
  if (all.length > 0) throw new ConfigError(all)
  return config
}

function readKnob(knob: Knob<unknown>, data: Record<string, string>, flaws: ConfigFlaw[]): unknown {
  const text = data[knob.key]
  if (text === undefined) return knob.default
  const value = knob.parse(text)
  const flaw = value === undefined ? `must be a ${kindOf(knob)}` : knob.flaw?.(value)
  if (flaw === undefined) return value
  flaws.push({ key: knob.key, message: `${flaw}, was "${text}"` })
  return knob.default
}

const kindOf = (knob: Knob<unknown>) =>
  knob.parse === (parseDuration as unknown) ? 'duration such as 30s' : typeof knob.default

function contradictions(config: AutoscalerConfig): ConfigFlaw[] {
  const { initialScale, minScale, maxScale, maxScaleLimit } = config
  const flaws: ConfigFlaw[] = []
  const smallest = config.concurrencyUtilization * config.concurrencyTarget
  if (smallest < 0.01) {
    const message = `times the target percentage it must be at least 0.01, was ${smallest}`
    flaws.push({ key: 'container-concurrency-target-default', message })
  }
  if (initialScale === 0 && !config.allowZeroInitialScale) {
    const message = 'must be at least 1 while allow-zero-initial-scale is false, was "0"'
    flaws.push({ key: 'initial-scale', message })
  }
  if (maxScaleLimit > 0 && (maxScale < 1 || maxScale > maxScaleLimit)) {
    flaws.push({ key: 'max-scale', message: `must be in [1, ${maxScaleLimit}] (max-scale-limit), was "${maxScale}"` })
  }
  if (maxScale > 0 && minScale > maxScale)
    flaws.push({ key: 'min-scale', message: `${minScale} is more than max-scale ${maxScale}` })
  return flaws
}
