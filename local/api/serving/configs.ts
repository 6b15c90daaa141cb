// The ConfigMaps that admission reads, live; a cluster refuses unreadable ones, so here they count as the shipped ones.
import type { AdmissionContext } from '../kind.ts'
import { type AutoscalerConfig, readAutoscaler } from './config/autoscaler.ts'
import { type DefaultsConfig, readDefaults } from './config/defaults.ts'
import { type FeaturesConfig, readFeatures } from './config/features.ts'
import { type NetworkConfig, readNetwork } from './config/network.ts'

export interface ServingConfigs {
  defaults: DefaultsConfig
  features: FeaturesConfig
  network: NetworkConfig
  autoscaler: AutoscalerRules
}

/** The keys of config-autoscaler that bound annotations. */
export type AutoscalerRules = Pick<AutoscalerConfig, 'allowZeroInitialScale' | 'maxScaleLimit' | 'podAutoscalerClass'>

const namespace = 'knative-serving'

/** What admission needs of Knative's ConfigMaps. */
export function configsOf(context: AdmissionContext): ServingConfigs {
  return {
    defaults: orShipped(readDefaults, context.config(namespace, 'config-defaults')),
    features: orShipped(readFeatures, context.config(namespace, 'config-features')),
    network: orShipped(readNetwork, context.config(namespace, 'config-network')),
    autoscaler: orShipped(readAutoscaler, context.config(namespace, 'config-autoscaler')),
  }
}

function orShipped<Config>(read: (data: Record<string, string>) => Config, data: Record<string, string>): Config {
  try {
    return read(data)
  } catch {
    return read({})
  }
}
