// The rules of a WorkloadGroup as Istio's webhook has them (pkg/config/validation of Istio 1.29).
import { labelFlaws } from '../fields/label.ts'
import { portFlaws } from '../fields/port.ts'
import { eachItem, type Finding, flaw, flawIf, joinedText } from '../finding.ts'
import type { Subject } from '../subject.ts'
import type { HttpHealthCheck, ReadinessProbe, WorkloadGroupSpec } from './types.ts'

export function workloadGroupFindings({ spec }: Subject<Partial<WorkloadGroupSpec>>): Finding[] {
  const { template, metadata, probe } = spec
  if (!template) return [flaw('spec.template', 'template is required')]
  const labels = labelFlaws(metadata?.labels, 'spec.metadata.labels')
  if (labels.length > 0) return [flaw('spec.metadata.labels', `invalid labels: ${joinedText(labels)}`)]
  return probe ? [...secondsFlaws(probe), ...methodFlaws(probe)] : []
}

const counts = [
  'periodSeconds',
  'initialDelaySeconds',
  'timeoutSeconds',
  'successThreshold',
  'failureThreshold',
] as const

const secondsFlaws = (probe: ReadinessProbe): Finding[] =>
  counts.flatMap(field => flawIf((probe[field] ?? 0) < 0, `spec.probe.${field}`, `${field} must be non-negative`))

/** Istio 1.29 has gRPC probes in its API and refuses them here. */
function methodFlaws({ httpGet, tcpSocket, exec, grpc }: ReadinessProbe): Finding[] {
  if (httpGet) return httpFlaws(httpGet, 'spec.probe.httpGet')
  if (tcpSocket) return portFlaws(tcpSocket.port, 'spec.probe.tcpSocket.port')
  if (exec) return flawIf(!exec.command?.length, 'spec.probe.exec.command', 'exec.command is required')
  return [flaw('spec.probe', `unknown health check method ${grpc ? '*v1alpha3.ReadinessProbe_Grpc' : '<nil>'}`)]
}

function httpFlaws({ port, scheme, httpHeaders }: Partial<HttpHealthCheck>, path: string): Finding[] {
  return [
    ...portFlaws(port, `${path}.port`),
    ...flawIf(
      !['', 'HTTPS', 'HTTP'].includes(scheme ?? ''),
      `${path}.scheme`,
      'httpGet.scheme must be one of "HTTPS", "HTTP"',
    ),
    ...eachItem(httpHeaders, `${path}.httpHeaders`, ({ name = '' }, at) => {
      if (name === '') return [flaw(at, 'header name cannot be empty')]
      return flawIf(!/^[-A-Za-z0-9]+$/.test(name), at, `header name ${name} is not a valid header name`)
    }),
  ]
}
