// Moves a service's traffic between its revisions: shares, tags, and back again in one command.
import type { Revision, Service } from '../../../api/serving/types.ts'
import { exitCodes, SkiffError } from '../../../kernel/errors.ts'
import { waitReady } from '../../client/wait-ready.ts'
import { type Api, change, percentOf, resolved, servicePath } from './deploy.ts'
import { type Share, specified, type Target, trafficWith } from './shares.ts'

export interface TrafficRequest {
  /** `REVISION=PERCENT`, `TAG=PERCENT` or `@latest=PERCENT`. */
  shares: readonly string[]
  /** `REVISION=TAG`. */
  tags: readonly string[]
  untag: readonly string[]
  rollback: boolean
}

const latest = '@latest'

/** Changes the traffic and waits until it is so. Throws usage errors, and what the API refuses. */
export async function moveTraffic(
  api: Api,
  namespace: string,
  name: string,
  request: TrafficRequest,
): Promise<Service> {
  const revisions = await revisionsOf(api, namespace, name)
  await change(api, namespace, name, service => {
    const traffic = nextTraffic(service, revisions, request)
    return { ...service, spec: { ...service.spec, traffic } }
  })
  await waitReady(api, { namespace, name })
  return api.request<Service>('GET', servicePath(namespace, name))
}

/** The traffic of a service after the request. Throws usage errors. */
export function nextTraffic(service: Service, revisions: readonly Revision[], request: TrafficRequest): Target[] {
  const now = untagged(resolved(service), request.untag)
  const name = service.metadata.name
  const shares = request.rollback
    ? [{ revisionName: revisionBefore(now, revisions, name), percent: 100 }]
    : request.shares.map(text => shareOf(text, now, revisions, name))
  const moved = shares.length > 0 ? sharing(now, shares) : now.map(specified)
  return request.tags.reduce((targets, text) => tagged(targets, text, revisions, name), moved)
}

function sharing(now: readonly Target[], shares: readonly Share[]): Target[] {
  try {
    return trafficWith(now, shares)
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error))
  }
}

function shareOf(text: string, now: readonly Target[], revisions: readonly Revision[], service: string): Share {
  const [, who = '', percent = ''] = /^(.+)=(.+)$/.exec(text) ?? []
  if (!who) throw usage(`${text}: write REVISION=PERCENT, TAG=PERCENT or ${latest}=PERCENT`)
  if (who === latest) return { latestRevision: true, percent: percentOf(percent) }
  const byTag = now.find(one => one.tag === who)
  if (byTag?.latestRevision) return { latestRevision: true, percent: percentOf(percent) }
  const revisionName = byTag?.revisionName ?? revisionNamed(who, revisions, service)
  return { revisionName, percent: percentOf(percent) }
}

/** A revision by its name, or by what comes after the service's: `v2` of `hello-v2`. */
function revisionNamed(text: string, revisions: readonly Revision[], service: string): string {
  const names = revisions.map(one => one.metadata.name)
  const found = names.find(name => name === text || name === `${service}-${text}`)
  if (found) return found
  throw usage(`service ${service} has no revision or tag "${text}"; its revisions: ${names.join(', ') || 'none'}`)
}

function untagged(targets: readonly Target[], tags: readonly string[]): Target[] {
  const unknown = tags.find(tag => !targets.some(one => one.tag === tag))
  if (unknown) throw usage(`no revision has the tag "${unknown}"`)
  return targets.map(({ tag, ...one }) => (tag && !tags.includes(tag) ? { ...one, tag } : one))
}

/** A tag belongs to one revision: who had it before loses it. */
function tagged(targets: Target[], text: string, revisions: readonly Revision[], service: string): Target[] {
  const [, who = '', tag = ''] = /^(.+)=(.+)$/.exec(text) ?? []
  if (!who) throw usage(`--tag ${text}: write REVISION=TAG or ${latest}=TAG`)
  const target: Target =
    who === latest
      ? { latestRevision: true, percent: 0 }
      : { revisionName: revisionNamed(who, revisions, service), percent: 0 }
  const free = untagged(targets, targets.some(one => one.tag === tag) ? [tag] : [])
  const same = (one: Target) =>
    !one.tag && (target.latestRevision ? one.latestRevision === true : one.revisionName === target.revisionName)
  const at = free.findIndex(same)
  return at < 0 ? [...free, { ...target, tag }] : free.map((one, index) => (index === at ? { ...one, tag } : one))
}

/** The newest ready revision older than the newest one that gets traffic. */
function revisionBefore(now: readonly Target[], revisions: readonly Revision[], service: string): string {
  const serving = new Set(now.flatMap(one => (one.percent > 0 && one.revisionName ? [one.revisionName] : [])))
  const newestFirst = [...revisions].sort((a, b) => generationOf(b) - generationOf(a))
  const at = newestFirst.findIndex(one => serving.has(one.metadata.name))
  const before = newestFirst.slice(at + 1).find(isReady)
  if (at >= 0 && before) return before.metadata.name
  throw usage(`service ${service} has no ready revision before the one that gets traffic`)
}

function generationOf({ metadata }: Revision): number {
  return Number(metadata.labels?.['serving.knative.dev/configurationGeneration'] ?? 0)
}

function isReady({ status }: Revision): boolean {
  return status?.conditions?.some(one => one.type === 'Ready' && one.status === 'True') ?? false
}

/** The revisions of a service. */
export async function revisionsOf(api: Api, namespace: string, service: string): Promise<Revision[]> {
  const selector = encodeURIComponent(`serving.knative.dev/service=${service}`)
  const path = `/apis/serving.knative.dev/v1/namespaces/${encodeURIComponent(namespace)}/revisions`
  return (await api.request<{ items: Revision[] }>('GET', `${path}?labelSelector=${selector}`)).items
}

function usage(sentence: string): SkiffError {
  return new SkiffError(sentence, exitCodes.usage)
}
