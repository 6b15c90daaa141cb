// What the acceptance suite is run against: the local runtime, or the cluster that two environment variables name.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

/** Where the ingress takes plain HTTP. */
export interface Address {
  host: string
  port: number
}

/** A cluster: the kubeconfig whose current context is meant, and its ingress. */
export interface Cluster {
  kubeconfig: string
  ingress: Address
}

const kubeconfigIs = 'the path of the kubeconfig of a cluster with Knative on Istio, for example .skiff/kubeconfig'
const ingressIs =
  'HOST:PORT of its ingress for plain HTTP, for example 127.0.0.1:8080 (kubectl get service istio-ingressgateway -n istio-system)'

/** The cluster that is meant; undefined for the local runtime. Throws when the variables do not name one. */
export function clusterOf(env: Record<string, string | undefined>): Cluster | undefined {
  const { SKIFF_TEST_KUBECONFIG: path, SKIFF_TEST_INGRESS: address } = env
  if (!path && !address) return undefined
  if (!path) throw new Error(`SKIFF_TEST_KUBECONFIG is missing: ${kubeconfigIs}`)
  if (!address) throw new Error(`SKIFF_TEST_INGRESS is missing: ${ingressIs}`)
  const kubeconfig = resolve(path)
  if (!existsSync(kubeconfig)) throw new Error(`SKIFF_TEST_KUBECONFIG: there is no file ${kubeconfig}: ${kubeconfigIs}`)
  return { kubeconfig, ingress: addressOf(address) }
}

function addressOf(text: string): Address {
  const url = URL.parse(`http://${text}`)
  if (!url || url.host === '' || url.pathname !== '/' || url.username !== '')
    throw new Error(`SKIFF_TEST_INGRESS is "${text}": ${ingressIs}`)
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 80) }
}

export const cluster = clusterOf(process.env)

/** How many times longer than the local runtime a cluster may take for anything: it pulls images and starts containers. */
export const patience = cluster ? 6 : 1

/** The time-out of a test that takes so many seconds at most on the local runtime. */
export const lasting = (seconds: number) => ({ timeout: seconds * 1_000 * patience })
