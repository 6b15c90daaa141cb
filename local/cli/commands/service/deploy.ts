// Deploys a Knative Service and waits for it: on the local runtime and on a cluster alike, through the same API.

import type { Service } from '../../../api/serving/types.ts'
import type { Condition } from '../../../kernel/conditions.ts'
import { SkiffError, StatusError } from '../../../kernel/errors.ts'
import type { ApiClient } from '../../client/api-client.ts'
import { waitReady } from '../../client/wait-ready.ts'
import { type Target, targetsOf, trafficForNew } from './shares.ts'

export type Api = Pick<ApiClient, 'request'>

export interface DeployRequest {
  service: Service
  /** The new revision's share; without it traffic moves as the service already says. */
  percent?: number
  tag?: string
  wait: boolean
  /** ISO 8601, written into the template: the same template deployed again is a new revision, as with kn. */
  now: string
}

export interface Deployed {
  service: Service
  outcome: 'created' | 'updated' | 'unchanged'
}

const updateTimestamp = 'client.knative.dev/updateTimestamp'
/** Somebody else may write at the same time: so often the change is made anew on what is there then. */
const attempts = 5

/** The path of Services of a namespace, or of one of them. */
export function servicePath(namespace: string, name?: string): string {
  const collection = `/apis/serving.knative.dev/v1/namespaces/${encodeURIComponent(namespace)}/services`
  return name === undefined ? collection : `${collection}/${encodeURIComponent(name)}`
}

/** Creates or updates the Service. Throws what the API refuses, and a sentence when it does not become Ready. */
export async function deploy(api: Api, request: DeployRequest): Promise<Deployed> {
  const { namespace = '', name } = request.service.metadata
  const before = await find(api, namespace, name)
  if (before) await change(api, namespace, name, current => updated(current, request))
  else await api.request('POST', servicePath(namespace), created(request))
  if (request.wait) await waitReady(api, { namespace, name })
  const service = await api.request<Service>('GET', servicePath(namespace, name))
  const isNew = service.status?.latestCreatedRevisionName !== before?.status?.latestCreatedRevisionName
  return { service, outcome: before ? (isNew ? 'updated' : 'unchanged') : 'created' }
}

/** Writes what `next` makes of a Service, again when somebody else was faster. */
export async function change(
  api: Api,
  namespace: string,
  name: string,
  next: (current: Service) => Service,
): Promise<Service> {
  for (let attempt = 1; ; attempt++) {
    const current = await api.request<Service>('GET', servicePath(namespace, name))
    try {
      return await api.request<Service>('PUT', servicePath(namespace, name), next(current))
    } catch (error) {
      const again = error instanceof StatusError && error.reason === 'Conflict' && attempt < attempts
      if (!again) throw error
    }
  }
}

async function find(api: Api, namespace: string, name: string): Promise<Service | undefined> {
  try {
    return await api.request<Service>('GET', servicePath(namespace, name))
  } catch (error) {
    if (error instanceof StatusError && error.reason === 'NotFound') return undefined
    throw error
  }
}

/** The first revision gets everything, whatever share was asked for. */
function created({ service, tag }: DeployRequest): Service {
  if (!tag) return service
  return { ...service, spec: { ...service.spec, traffic: [{ latestRevision: true, percent: 100, tag }] } }
}

function updated(current: Service, { service, percent, tag, now }: DeployRequest): Service {
  const { template } = service.spec
  const named = Boolean(template.metadata?.name)
  const annotations = { ...template.metadata?.annotations, ...(named ? {} : { [updateTimestamp]: now }) }
  const own = percent === undefined && !tag ? service.spec.traffic : undefined
  const traffic =
    own ?? trafficForNew(resolved(current), { ...(percent === undefined ? {} : { percent }), ...(tag ? { tag } : {}) })
  return {
    ...current,
    metadata: {
      ...current.metadata,
      labels: { ...current.metadata.labels, ...service.metadata.labels },
      annotations: { ...current.metadata.annotations, ...service.metadata.annotations },
    },
    spec: { template: { ...template, metadata: { ...template.metadata, annotations } }, traffic },
  }
}

/** A service that never was Ready has no traffic yet: all of it will follow the latest revision. */
export function resolved({ status, spec }: Service): Target[] {
  const listed = targetsOf(status?.traffic)
  if (listed.length > 0) return listed
  return targetsOf(spec.traffic ?? [{ latestRevision: true, percent: 100 }])
}

/** What a person wants to know next: the URL, and how to split traffic and take it back. */
export function summary({ service, outcome }: Deployed, split: Split): string {
  const { name, namespace = '' } = service.metadata
  const { url = '', latestCreatedRevisionName: latest = '', traffic = [] } = service.status ?? {}
  const before = traffic.find(one => one.revisionName !== latest && (one.percent ?? 0) > 0)?.revisionName
  const tags = traffic.flatMap(({ tag, url: at }) => (tag ? [`  ${tag}: ${at}`] : []))
  const said =
    outcome === 'unchanged'
      ? `with latest revision '${latest}' (unchanged)`
      : `${outcome} to latest revision '${latest}'`
  return [
    `Service '${name}' ${said} is available at URL:`,
    url,
    ...(tags.length > 0 ? ['', 'By tag:', ...tags] : []),
    '',
    'Split traffic:',
    ...splitLines(shares => split(`${name} -n ${namespace}`, shares), latest, before),
    '',
  ].join('\n')
}

/** The command line that gives a service these shares. */
export type Split = (service: string, shares: readonly string[]) => string

function splitLines(
  split: (shares: readonly string[]) => string,
  latest: string,
  before: string | undefined,
): string[] {
  const first = `  ${split([`${latest}=90`, '@latest=10'])}   (once there is a second revision)`
  if (!before) return [first]
  return [`  ${split([`${before}=50`, `${latest}=50`])}`, `  ${split([`${before}=100`])}   (takes it back)`]
}

/** The Ready condition of a Service. */
export function readyOf({ status }: Service): Condition | undefined {
  return (status?.conditions as Condition[] | undefined)?.find(one => one.type === 'Ready')
}

/** A share in per cent from the command line. Throws a usage error. */
export function percentOf(text: string): number {
  if (/^\d{1,3}$/.test(text) && Number(text) <= 100) return Number(text)
  throw new SkiffError(`a share is a whole number from 0 to 100, got "${text}"`, 2)
}
