// Knative's webhook for its own ConfigMaps: what its controllers could not take is refused before it is stored.
import { type FieldError, messageOf } from '../../../kernel/errors.ts'
import type { KubeObject } from '../../../kernel/object.ts'
import type { Guard } from '../../kind.ts'
import { readAutoscaler } from './autoscaler.ts'
import { readDefaults } from './defaults.ts'
import { readDeployment } from './deployment.ts'
import { readDomain } from './domain.ts'
import { readFeatures } from './features.ts'
import { readGc } from './gc.ts'
import { ConfigError } from './keys.ts'
import { readNetwork } from './network.ts'

type Data = Record<string, string>

const readers: Readonly<Record<string, (data: Data) => unknown>> = {
  'config-autoscaler': readAutoscaler,
  'config-defaults': readDefaults,
  'config-deployment': readDeployment,
  'config-domain': readDomain,
  'config-features': readFeatures,
  'config-gc': readGc,
  'config-network': readNetwork,
}

/** Refuses a ConfigMap of `knative-serving` that its reader cannot take; all others are nobody's business here. */
export const configGuard: Guard = {
  webhook: 'config.webhook.serving.knative.dev',
  validate: ({ metadata, ...fields }) => {
    const read = metadata.namespace === 'knative-serving' && readers[metadata.name]
    return read ? flawsOf(() => read((fields as KubeObject & { data?: Data }).data ?? {})) : []
  },
}

function flawsOf(read: () => unknown): FieldError[] {
  try {
    read()
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) return [{ path: 'data', message: messageOf(error) }]
    return error.flaws.map(({ key, message }) => ({ path: `data.${key}`, message }))
  }
}
