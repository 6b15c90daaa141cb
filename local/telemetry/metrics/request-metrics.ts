// Counts requests: a few map look-ups and additions each, since this runs for every request of every hop.

import type { FinishedRequest } from '../../seams/finished-request.ts'
import type { Identity } from '../../seams/identity.ts'
import { isGrpc, serviceOf } from '../request.ts'
import type { Family, Labels, Point } from './family.ts'
import { Histogram, istioBuckets, knativeBuckets } from './histogram.ts'
import {
  brokerIngressHost,
  type Call,
  deploymentOf,
  ingressGateway,
  istioLabels,
  ownService,
  reported,
  type Workload,
  workloadOfCaller,
} from './istio-labels.ts'
import { add, newTraffic, type PodTraffic } from './pod-traffic.ts'

export interface RequestMetricsOptions {
  /** Labels and identity of a revision's pods; undefined when there is none of that name. */
  revision(namespace: string, name: string): Pick<Workload, 'labels' | 'serviceAccount'> | undefined
  /** A request to the brokers' ingress is over. */
  toBroker(request: FinishedRequest): void
}

/** Requests between the same two workloads with the same outcome. */
interface Series {
  /** One of them, by which the next is known to be like it. */
  like: FinishedRequest
  call: Call
  toBroker: boolean
  durations: Histogram
  received: Histogram
  sent: Histogram
}

/** Of one cluster. Nearly all requests to it are like the one before: that is asked first, and costs least. */
interface ClusterSeries {
  recent: Series | undefined
  all: Map<string, Series>
}

/** Pods that are long gone must not fill the memory. */
const mostPods = 2_000

export class RequestMetrics {
  readonly #options: RequestMetricsOptions
  readonly #clusters = new Map<string, ClusterSeries>()
  readonly #pods = new Map<string, PodTraffic>()
  readonly #callers = new WeakMap<Identity, string>()

  constructor(options: RequestMetricsOptions) {
    this.#options = options
  }

  record(request: FinishedRequest): void {
    let known = this.#clusters.get(request.cluster)
    if (!known) {
      known = { recent: undefined, all: new Map() }
      this.#clusters.set(request.cluster, known)
    }
    const series = known.recent && isLike(known.recent.like, request) ? known.recent : this.#seriesOf(known, request)
    series.durations.observe(request.durationMs)
    series.received.observe(request.receivedBytes)
    series.sent.observe(request.sentBytes)
    if (series.toBroker) this.#options.toBroker(request)
    if (request.instance !== '' && request.revision) this.#answered(request, request.revision)
    if (request.caller) this.#called(request, request.caller)
  }

  /** Traffic by the name of the pod. */
  get pods(): ReadonlyMap<string, PodTraffic> {
    return this.#pods
  }

  families(): Family[] {
    const rows = this.#all().map(({ call, ...series }) => ({
      ...series,
      labels: reported(istioLabels(call), call),
    }))
    const histogram = (name: string, help: string, of: (row: (typeof rows)[number]) => Histogram): Family => ({
      ...{ name, help, type: 'histogram' },
      points: rows.flatMap(row => row.labels.flatMap(labels => of(row).points(labels))),
    })
    const requests = rows.flatMap(({ labels, durations }) => counted(labels, durations.count))
    return [
      { name: 'istio_requests_total', help: 'Requests handled by the mesh.', type: 'counter', points: requests },
      histogram('istio_request_duration_milliseconds', 'How long requests took.', row => row.durations),
      histogram('istio_request_bytes', 'Sizes of request bodies.', row => row.received),
      histogram('istio_response_bytes', 'Sizes of response bodies.', row => row.sent),
    ]
  }

  #all(): Series[] {
    return Array.from(this.#clusters.values(), ({ all }) => [...all.values()]).flat()
  }

  /** The slow way, by a key of everything that tells series apart. */
  #seriesOf(known: ClusterSeries, request: FinishedRequest): Series {
    const key = this.#keyOf(request)
    const series = known.all.get(key) ?? this.#newSeries(request)
    known.all.set(key, series)
    known.recent = series
    return series
  }

  #keyOf(request: FinishedRequest): string {
    const { door, revision, caller, status, flags } = request
    const from = door === 'gateway' ? '' : this.#callerKey(caller)
    return JSON.stringify([from, revision?.namespace, revision?.revision, status, flags, isGrpc(request)])
  }

  #callerKey(caller: Identity | undefined): string {
    if (!caller) return 'nobody'
    const known = this.#callers.get(caller)
    if (known !== undefined) return known
    const { name, namespace, serviceAccount, labels } = workloadOfCaller(caller)
    const key = JSON.stringify([name, namespace, serviceAccount, labels.app, labels.version])
    this.#callers.set(caller, key)
    return key
  }

  #newSeries(request: FinishedRequest): Series {
    const histograms = () => new Histogram(istioBuckets)
    const call = this.#callOf(request)
    const toBroker = call.host === brokerIngressHost
    return {
      like: withoutBulk(request),
      call,
      toBroker,
      durations: histograms(),
      received: histograms(),
      sent: histograms(),
    }
  }

  #callOf(request: FinishedRequest): Call {
    const { door, caller, cluster, status, flags } = request
    const source = door === 'gateway' ? ingressGateway : caller && workloadOfCaller(caller)
    const host = serviceOf(cluster)?.host
    return { source, destination: this.#destination(request, host), host, status, flags, grpc: isGrpc(request) }
  }

  #destination({ revision }: FinishedRequest, host: string | undefined): Workload | undefined {
    if (!revision) return host === undefined ? undefined : ownService(host)
    const found = this.#options.revision(revision.namespace, revision.revision)
    return found && { ...found, name: deploymentOf(revision.revision), namespace: revision.namespace }
  }

  #answered(request: FinishedRequest, { namespace, revision }: { namespace: string; revision: string }): void {
    const { instance, status, durationMs, waitedMs, receivedBytes, sentBytes } = request
    const pod = this.#pods.get(instance) ?? this.#newPod(instance, namespace)
    pod.revision = revision
    let durations = pod.invocations.get(status)
    if (!durations) {
      durations = new Histogram(knativeBuckets)
      pod.invocations.set(status, durations)
    }
    durations.observe((durationMs - waitedMs) / 1_000)
    add(pod.received, receivedBytes)
    add(pod.transmitted, sentBytes)
  }

  #called({ receivedBytes, sentBytes }: FinishedRequest, { name, namespace, labels }: Identity): void {
    const revision = labels['serving.knative.dev/revision']
    if (revision === undefined) return
    const pod = this.#pods.get(name) ?? this.#newPod(name, namespace)
    pod.revision = revision
    add(pod.transmitted, receivedBytes)
    add(pod.received, sentBytes)
  }

  #newPod(name: string, namespace: string): PodTraffic {
    const pod = newTraffic(namespace)
    this.#pods.set(name, pod)
    const [oldest] = this.#pods.keys()
    if (this.#pods.size > mostPods && oldest !== undefined) this.#pods.delete(oldest)
    return pod
  }
}

function counted(labels: readonly Labels[], value: number): Point[] {
  return labels.map(one => ({ labels: one, value }))
}

/** True when both count in the same series of their cluster. */
function isLike(a: FinishedRequest, b: FinishedRequest): boolean {
  return (
    a.status === b.status &&
    a.flags === b.flags &&
    a.door === b.door &&
    a.caller === b.caller &&
    a.contentType === b.contentType &&
    a.revision?.revision === b.revision?.revision &&
    a.revision?.namespace === b.revision?.namespace
  )
}

/** To be kept: the rest of a request would hold memory that nobody needs. */
function withoutBulk(request: FinishedRequest): FinishedRequest {
  return { ...request, headers: [], span: undefined, target: '', host: '' }
}
