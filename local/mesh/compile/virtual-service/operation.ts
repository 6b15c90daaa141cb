// The name of a route in traces: `x-envoy-decorator-operation`.
import type { RouteMatch } from '../../table/route.ts'

/** `reviews.default.svc.cluster.local:9080/api*`; `subject` is the VirtualService's name where no destination is certain. */
export function operationOf(subject: string, port: number, { path }: RouteMatch): string {
  return `${subject}:${port}${pathOf(path)}`
}

function pathOf(path: RouteMatch['path']): string {
  if (path === undefined || path.kind === 'present') return '/*'
  return path.kind === 'prefix' ? `${path.value}*` : path.value
}
