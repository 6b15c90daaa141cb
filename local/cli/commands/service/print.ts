// Services as text: one a line, or one with its revisions and conditions.

import { formatAge } from '../../../api/age.ts'
import type { Revision, Service, TrafficTarget } from '../../../api/serving/types.ts'
import { formatTable } from '../../table.ts'
import { readyOf } from './deploy.ts'

/** A table of services; `now` in milliseconds since the epoch. */
export function formatServices(services: readonly Service[], now: number, withNamespace: boolean): string {
  const headings = ['NAME', 'URL', 'LATEST', 'TRAFFIC', 'AGE', 'READY', 'REASON']
  const rows = services.map(service => {
    const { metadata, status } = service
    const { status: ready = 'Unknown', reason = '' } = readyOf(service) ?? {}
    const traffic = (status?.traffic ?? []).filter(one => (one.percent ?? 0) > 0).map(shareText)
    const age = formatAge(now - Date.parse(metadata.creationTimestamp ?? ''))
    const row = [metadata.name, status?.url ?? '', status?.latestReadyRevisionName ?? '', traffic.join(' '), age, ready]
    return [...(withNamespace ? [metadata.namespace ?? ''] : []), ...row, reason]
  })
  return formatTable(withNamespace ? ['NAMESPACE', ...headings] : headings, rows)
}

function shareText({ revisionName = '', percent = 0 }: TrafficTarget): string {
  return `${revisionName}=${percent}%`
}

/** One service: where it is, who gets its traffic, its revisions and conditions. */
export function formatService(service: Service, revisions: readonly Revision[], now: number): string {
  const { metadata, status } = service
  const age = (time: string | undefined) => formatAge(now - Date.parse(time ?? ''))
  const rows = revisions.map(one => {
    const targets = (status?.traffic ?? []).filter(target => target.revisionName === one.metadata.name)
    const percent = targets.reduce((sum, target) => sum + (target.percent ?? 0), 0)
    const tags = targets.flatMap(target => target.tag ?? []).join(' ')
    const ready = one.status?.conditions?.find(condition => condition.type === 'Ready')
    const replicas = `${one.status?.actualReplicas ?? 0}/${one.status?.desiredReplicas ?? 0}`
    const state = [ready?.status ?? 'Unknown', ready?.reason ?? '']
    return [one.metadata.name, `${percent}%`, tags, replicas, age(one.metadata.creationTimestamp), ...state]
  })
  const conditions = (status?.conditions ?? []).map(
    ({ type, status, lastTransitionTime, reason = '', message = '' }) => [
      type,
      status,
      age(lastTransitionTime),
      reason,
      message,
    ],
  )
  return [
    `Name:       ${metadata.name}`,
    `Namespace:  ${metadata.namespace}`,
    `Age:        ${age(metadata.creationTimestamp)}`,
    `URL:        ${status?.url ?? ''}`,
    `Cluster:    ${status?.address?.url ?? ''}`,
    '',
    formatTable(['REVISION', 'TRAFFIC', 'TAGS', 'REPLICAS', 'AGE', 'READY', 'REASON'], rows),
    formatTable(['CONDITION', 'STATUS', 'AGE', 'REASON', 'MESSAGE'], conditions),
  ].join('\n')
}
