// What ConfigMaps set for the scaling of all revisions; what cannot be taken leaves the last good settings in force.
import { type AutoscalerConfig, readAutoscaler } from '../../api/serving/config/autoscaler.ts'
import { parseDuration } from '../../kernel/duration.ts'
import { messageOf } from '../../kernel/errors.ts'
import type { Log } from '../../kernel/log.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'

export interface SettingsOptions {
  store: ObjectStore
  log: Log
  /** Data of config-autoscaler. */
  config(): Record<string, string>
}

const defaultProgressDeadlineMs = 600_000

export class Settings {
  readonly #options: SettingsOptions
  #autoscaler = readAutoscaler({})

  constructor(options: SettingsOptions) {
    this.#options = options
    this.#read()
  }

  get autoscaler(): AutoscalerConfig {
    return this.#autoscaler
  }

  /** How long a revision may take until its first instances are ready. */
  get progressDeadlineMs(): number {
    const map = this.#options.store.get({ group: '', kind: 'ConfigMap' }, 'knative-serving', 'config-deployment')
    const text = (map as { data?: Record<string, string> } | undefined)?.data?.['progress-deadline']
    return parseDuration(text ?? '') ?? defaultProgressDeadlineMs
  }

  /** True when a change of the ConfigMap of knative-serving with that name bears on scaling. */
  changed(name: string): boolean {
    if (name === 'config-autoscaler') this.#read()
    return name === 'config-autoscaler' || name === 'config-deployment'
  }

  #read(): void {
    try {
      this.#autoscaler = readAutoscaler(this.#options.config())
    } catch (error) {
      this.#options.log('warn', `config-autoscaler: ${messageOf(error)}; the last good one stays in force`)
    }
  }
}
