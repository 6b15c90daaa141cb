// ApiServerSources: an event to the sink for each change of the objects they watch.
import { type ApiServerSource, sources } from '../../api/sources/types.ts'
import type { Clock } from '../../kernel/clock.ts'
import { controllerOf, groupOf, type KubeObject } from '../../kernel/object.ts'
import type { ObjectStore, StoreEvent } from '../../kernel/object-store.ts'
import type { CloudEvent } from '../cloudevents/event.ts'
import { subscriptionsFilters } from '../filter/subscriptions.ts'
import { is, type KindController, keyOf } from '../reconcile/controllers.ts'
import { resourceOf } from '../reconcile/destination.ts'
import type { Emit } from './emit.ts'
import { selects } from './selectors.ts'
import { refersToSink, sinkOf, sourceStatus } from './source-status.ts'

const conditions = ['Deployed', 'OIDCIdentityCreated', 'SinkProvided', 'SufficientPermissions']
const verbs = { ADDED: 'add', MODIFIED: 'update', DELETED: 'delete' } as const
/** What the source attribute names: the API server as pods reach it. */
const apiServer = 'https://kubernetes.default.svc:443'
const namespaceKind = { group: '', kind: 'Namespace' }

interface Watching {
  source: ApiServerSource
  sink: string
  namespaces: ReadonlySet<string>
  /** Events leave one after the other, in the order of the changes. */
  last: Promise<void>
}

export function apiServerSourceController(
  store: ObjectStore,
  clock: Clock,
  emit: Emit,
): KindController<ApiServerSource> {
  const watching = new Map<string, Watching>()
  const stopWatching = store.watch(change => {
    for (const one of watching.values()) if (concerns(one, change.object)) tell(one, change)
  })

  function tell(one: Watching, change: StoreEvent): void {
    const { source, sink } = one
    const event = eventOf(source, change)
    if (subscriptionsFilters(source.spec.filters ?? [])(event) === 'fail') return
    const { namespace = '' } = source.metadata
    one.last = one.last.then(() => emit(`apiserversource ${keyOf(source)}`, namespace, sink, event))
  }

  return {
    kind: sources.apiServer,
    reconcile(source) {
      const sink = sinkOf(store, source)
      const found = { Deployed: { status: 'True' }, SufficientPermissions: { status: 'True' } } as const
      const status = sourceStatus(source, sink, found, conditions, clock.now())
      const namespaces = namespacesOf(store, source)
      store.updateStatus({
        ...source,
        status: 'url' in sink ? { ...status, ceAttributes: ceAttributes(source), namespaces } : status,
      })
      if ('error' in sink) watching.delete(keyOf(source))
      else {
        const last = watching.get(keyOf(source))?.last ?? Promise.resolve()
        watching.set(keyOf(source), { source, sink: sink.url, namespaces: new Set(namespaces), last })
      }
    },
    gone: key => void watching.delete(key),
    concerns: (source, changed) =>
      refersToSink(source, changed) || (source.spec.namespaceSelector !== undefined && is(changed, namespaceKind)),
    stop: stopWatching,
  }
}

function namespacesOf(store: ObjectStore, { spec, metadata }: ApiServerSource): string[] {
  const selector = spec.namespaceSelector
  if (!selector) return [metadata.namespace ?? '']
  const found = store.list(namespaceKind).filter(one => selects(selector, one.metadata.labels))
  return found.map(one => one.metadata.name)
}

function concerns({ source, namespaces }: Watching, object: KubeObject): boolean {
  const { resources, owner } = source.spec
  const { namespace, labels } = object.metadata
  if (namespace !== undefined && !namespaces.has(namespace)) return false
  const isWanted = resources.some(
    ({ apiVersion, kind, selector }) =>
      kind === object.kind &&
      groupOf(apiVersion) === groupOf(object.apiVersion) &&
      (!selector || selects(selector, labels)),
  )
  if (!isWanted || !owner) return isWanted
  const controller = controllerOf(object)
  return controller?.kind === owner.kind && controller.apiVersion === owner.apiVersion
}

const typePrefix = ({ spec }: ApiServerSource) =>
  `dev.knative.apiserver.${spec.mode === 'Resource' ? 'resource' : 'ref'}`

function ceAttributes(source: ApiServerSource) {
  return ['add', 'delete', 'update'].map(verb => ({ type: `${typePrefix(source)}.${verb}`, source: apiServer }))
}

// A status the store keeps deep-frozen is data like any other.
function eventOf(source: ApiServerSource, { type, object }: StoreEvent): CloudEvent {
  const { apiVersion, kind, metadata } = object
  const { name, namespace = '' } = metadata
  const reference = { kind, namespace, name, apiVersion }
  const content = source.spec.mode === 'Resource' ? object : reference
  return {
    attributes: {
      source: apiServer,
      type: `${typePrefix(source)}.${verbs[type]}`,
      subject: `/apis/${apiVersion}/namespaces/${namespace}/${resourceOf(kind)}/${name}`,
      ...{ kind, apiversion: apiVersion, name, namespace },
      datacontenttype: 'application/json',
      ...source.spec.ceOverrides?.extensions,
    },
    data: Buffer.from(JSON.stringify(content)),
  }
}
