// ConfigMap config-defaults: what the webhook fills into revisions, and the bounds it holds them to.
import { parseQuantity } from '../../../kernel/duration.ts'
import { booleanOf, ConfigError, type ConfigKey, type ConfigValues, integerOf, readKeys } from './keys.ts'
import { parseTemplate, type Template } from './template.ts'

const nameTemplate = (text: string): Template => parseTemplate(text, ['Name', 'Namespace', 'Labels', 'Annotations'])

function quantity(text: string): string {
  if (parseQuantity(text) === undefined) throw new Error(`"${text}" is no quantity such as 400m or 1Gi`)
  return text
}

const resource = (key: string, doc: string): ConfigKey<string | undefined> => ({
  key,
  default: undefined,
  parse: quantity,
  doc,
})

function serviceLinks(text: string): boolean | undefined {
  return text.toLowerCase() === 'default' ? undefined : booleanOf(text)
}

export const defaultsKeys = {
  timeoutSeconds: {
    key: 'revision-timeout-seconds',
    default: 300,
    parse: integerOf(),
    doc: 'timeoutSeconds of revisions that name none',
  },
  maxTimeoutSeconds: {
    key: 'max-revision-timeout-seconds',
    default: 600,
    parse: integerOf(),
    doc: 'the longest timeoutSeconds a revision may ask for',
  },
  responseStartTimeoutSeconds: {
    key: 'revision-response-start-timeout-seconds',
    default: undefined,
    parse: integerOf(),
    doc: 'responseStartTimeoutSeconds where none is named; revision-timeout-seconds unless set',
  } as ConfigKey<number | undefined>,
  idleTimeoutSeconds: {
    key: 'revision-idle-timeout-seconds',
    default: 0,
    parse: integerOf(),
    doc: 'idleTimeoutSeconds where none is named; 0 sets none',
  },
  containerConcurrency: {
    key: 'container-concurrency',
    default: 0,
    parse: integerOf(0),
    doc: 'containerConcurrency where none is named; 0 is unlimited',
  },
  containerConcurrencyMaxLimit: {
    key: 'container-concurrency-max-limit',
    default: 1000,
    parse: integerOf(1),
    doc: 'the highest containerConcurrency a revision may ask for',
  },
  allowContainerConcurrencyZero: {
    key: 'allow-container-concurrency-zero',
    default: true,
    parse: booleanOf,
    doc: 'whether a revision may ask for unlimited concurrency',
  },
  containerName: {
    key: 'container-name-template',
    default: nameTemplate('user-container'),
    parse: nameTemplate,
    doc: 'the name of containers without one',
  },
  initContainerName: {
    key: 'init-container-name-template',
    default: nameTemplate('init-container'),
    parse: nameTemplate,
    doc: 'the name of init containers without one',
  },
  enableServiceLinks: {
    key: 'enable-service-links',
    default: false,
    parse: serviceLinks,
    doc: 'enableServiceLinks where none is named; `default` leaves it unset',
  } as ConfigKey<boolean | undefined>,
  cpuRequest: resource('revision-cpu-request', 'CPU requested where none is named'),
  memoryRequest: resource('revision-memory-request', 'memory requested where none is named'),
  ephemeralStorageRequest: resource(
    'revision-ephemeral-storage-request',
    'scratch space requested where none is named',
  ),
  cpuLimit: resource('revision-cpu-limit', 'CPU limit where none is named'),
  memoryLimit: resource('revision-memory-limit', 'memory limit where none is named'),
  ephemeralStorageLimit: resource('revision-ephemeral-storage-limit', 'scratch space limit where none is named'),
}

export type DefaultsConfig = ConfigValues<typeof defaultsKeys>

/** Reads config-defaults; throws when a value, or two values together, make no sense. */
export function readDefaults(data: Record<string, string>): DefaultsConfig {
  const config = readKeys(defaultsKeys, data)
  const { timeoutSeconds, maxTimeoutSeconds, idleTimeoutSeconds, containerConcurrency } = config
  const start = config.responseStartTimeoutSeconds ?? timeoutSeconds
  notAbove('revision-timeout-seconds', timeoutSeconds, 'max-revision-timeout-seconds', maxTimeoutSeconds)
  notAbove('revision-response-start-timeout-seconds', start, 'revision-timeout-seconds', timeoutSeconds)
  notAbove('revision-idle-timeout-seconds', idleTimeoutSeconds, 'revision-timeout-seconds', timeoutSeconds)
  const limit = config.containerConcurrencyMaxLimit
  notAbove('container-concurrency', containerConcurrency, 'container-concurrency-max-limit', limit)
  return { ...config, responseStartTimeoutSeconds: start }
}

function notAbove(key: string, value: number, boundKey: string, bound: number): void {
  if (value > bound) throw new ConfigError([{ key, message: `${value} cannot be greater than ${boundKey} (${bound})` }])
}
