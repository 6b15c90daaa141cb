// Knative's ConfigMaps as the controllers see them: read from the store each time, parsed when they changed.
import { core } from '../../api/core/types.ts'
import { type DeploymentConfig, readDeployment } from '../../api/serving/config/deployment.ts'
import { type DomainConfig, readDomain } from '../../api/serving/config/domain.ts'
import { type FeaturesConfig, readFeatures } from '../../api/serving/config/features.ts'
import { type GcConfig, readGc } from '../../api/serving/config/gc.ts'
import { type NetworkConfig, readNetwork } from '../../api/serving/config/network.ts'
import { messageOf } from '../../kernel/errors.ts'
import type { Log } from '../../kernel/log.ts'
import type { KubeObject } from '../../kernel/object.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'

/** Where Knative's ConfigMaps live. */
export const systemNamespace = 'knative-serving'

/** Each call answers what holds now. */
export interface LiveConfigs {
  deployment(): DeploymentConfig
  domain(): DomainConfig
  features(): FeaturesConfig
  gc(): GcConfig
  network(): NetworkConfig
}

/** The live configs of a store: an unreadable ConfigMap leaves the last good one in force and is logged once. */
export function liveConfigs(store: ObjectStore, log: Log): LiveConfigs {
  const live = <Config>(name: string, read: (data: Record<string, string>) => Config) => {
    let seen: KubeObject | undefined
    let good = read({})
    return () => {
      const found = store.get<KubeObject & { data?: Record<string, string> }>(core.configMap, systemNamespace, name)
      if (found === seen) return good
      seen = found
      try {
        good = read(found?.data ?? {})
      } catch (error) {
        log('error', `ConfigMap ${systemNamespace}/${name}: ${messageOf(error)}; the last good one stays in force`)
      }
      return good
    }
  }
  return {
    deployment: live('config-deployment', readDeployment),
    domain: live('config-domain', readDomain),
    features: live('config-features', readFeatures),
    gc: live('config-gc', readGc),
    network: live('config-network', readNetwork),
  }
}
