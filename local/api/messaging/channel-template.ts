// Channel templates: the default one from the ConfigMap default-ch-webhook, and what a template must say.
import { parse } from 'yaml'
import type { FieldError } from '../../kernel/errors.ts'
import { missing } from '../flaws.ts'
import type { AdmissionContext } from '../kind.ts'
import { anything, described, object, type Schema, string } from '../schema.ts'
import type { ChannelTemplate } from './types.ts'

export const channelTemplateSchema: Schema = described(
  'What is made to carry the events.',
  object({ apiVersion: string, kind: string, spec: anything }),
)

// What Knative ships in that ConfigMap.
const shipped: ChannelTemplate = { apiVersion: 'messaging.knative.dev/v1', kind: 'InMemoryChannel' }

interface DefaultsTable {
  clusterDefault?: ChannelTemplate
  namespaceDefaults?: Record<string, ChannelTemplate>
}

/** The template of objects of `namespace` that name none: the namespace's, else the cluster's. */
export function defaultChannelTemplate(namespace: string | undefined, context: AdmissionContext): ChannelTemplate {
  const table = readTable(context.config('knative-eventing', 'default-ch-webhook')['default-ch-config'])
  return structuredClone(table?.namespaceDefaults?.[namespace ?? ''] ?? table?.clusterDefault ?? shipped)
}

// A ConfigMap that is no YAML counts as none.
function readTable(text: string | undefined): DefaultsTable | undefined {
  try {
    return (parse(text ?? '') ?? undefined) as DefaultsTable | undefined
  } catch {
    return undefined
  }
}

/** Flaws of a template (eventing pkg/apis/messaging/v1/channel_validation.go). */
export function channelTemplateFlaws(template: Partial<ChannelTemplate> | undefined, path: string): FieldError[] {
  if (!template) return [missing(path)]
  return (['kind', 'apiVersion'] as const).filter(field => !template[field]).map(field => missing(`${path}.${field}`))
}
