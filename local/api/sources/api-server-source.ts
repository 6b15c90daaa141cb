// The kind ApiServerSource (sources.knative.dev/v1): an event for each change of objects of the API.
import type { FieldError } from '../../kernel/errors.ts'
import { setDestinationDefaults, setUserInfo } from '../eventing/admission.ts'
import { ageAndReady, sinkColumn } from '../eventing/columns.ts'
import { filterListFlaws } from '../eventing/filters.ts'
import { filterList } from '../eventing/schema.ts'
import { inPrintOrder, missing } from '../flaws.ts'
import type { AdmissionContext, Kind } from '../kind.ts'
import { array, described, object, objectSchema, string } from '../schema.ts'
import { labelSelector, sourceSpec, sourceStatus } from './schema.ts'
import { sourceFlaws } from './source-flaws.ts'
import type { ApiServerSource } from './types.ts'

export const apiServerSourceKind: Kind = {
  group: 'sources.knative.dev',
  versions: ['v1'],
  kind: 'ApiServerSource',
  plural: 'apiserversources',
  singular: 'apiserversource',
  categories: ['all', 'knative', 'sources'],
  namespaced: true,
  status: true,
  webhook: 'validation.webhook.eventing.knative.dev',
  schema: objectSchema({
    spec: sourceSpec({
      resources: described(
        'Kinds whose changes are told.',
        array(object({ apiVersion: string, kind: string, selector: labelSelector })),
      ),
      owner: described(
        'Only objects that a controller of this kind owns.',
        object({ apiVersion: string, kind: string }),
      ),
      mode: described('Reference tells which object changed, Resource the whole of it.', string),
      serviceAccountName: string,
      namespaceSelector: labelSelector,
      filters: filterList,
    }),
    status: sourceStatus({ namespaces: array(string) }),
  }),
  columns: [sinkColumn, ...ageAndReady],
  setDefaults(object, context) {
    const source = object as ApiServerSource
    source.spec ??= { sink: {}, resources: [], mode: 'Reference' }
    if (!source.spec.mode) source.spec.mode = 'Reference'
    if (!source.spec.serviceAccountName) source.spec.serviceAccountName = 'default'
    setDestinationDefaults(source.spec.sink, source)
    setUserInfo(source, context)
  },
  validate: (object, context) => inPrintOrder(apiServerSourceFlaws(object as ApiServerSource, context)),
}

function apiServerSourceFlaws({ spec }: ApiServerSource, context: AdmissionContext): FieldError[] {
  const mode: string = spec.mode
  const resources = spec.resources ?? []
  return [
    ...(mode === 'Reference' || mode === 'Resource' ? [] : [{ path: 'spec.mode', message: `invalid value: ${mode}` }]),
    ...sourceFlaws(spec),
    ...(resources.length === 0 ? [missing('spec.resources')] : []),
    ...resources.flatMap((one, index) => kindFlaws(one, `spec.resources[${index}]`)),
    ...(spec.owner ? kindFlaws(spec.owner, 'spec.owner') : []),
    ...filtersFlaws(spec.filters ?? [], context),
  ]
}

function kindFlaws({ apiVersion, kind }: { apiVersion: string; kind: string }, path: string): FieldError[] {
  const parts = (apiVersion ?? '').split('/')
  return [
    ...(parts.length > 2 ? [{ path: `${path}.apiVersion`, message: `invalid value: ${apiVersion}` }] : []),
    ...(kind?.trim() ? [] : [missing(`${path}.kind`)]),
  ]
}

// The field needs a feature that is off unless config-features says otherwise.
function filtersFlaws(filters: readonly unknown[], context: AdmissionContext): FieldError[] {
  const flag = context.config('knative-eventing', 'config-features')['new-apiserversource-filters'] ?? 'disabled'
  if (flag.toLowerCase() === 'enabled') return filterListFlaws(filters, 'spec.filters')
  if (filters.length === 0) return []
  return [{ path: 'spec.filters', message: 'Filters is not empty but the NewAPIServerFilters feature is disabled.' }]
}
