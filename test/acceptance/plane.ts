// What the acceptance suite asks of whatever it is run against: the same few things of the local runtime and of a cluster.
import { resolve } from 'node:path'
import { stringify } from 'yaml'
import type { CallOptions, MeshCall } from '../../load/mesh-client.ts'
import { projectDir } from '../../load/world.ts'
import { callApi } from './api-call.ts'
import { probeLabel } from './cluster-caller.ts'
import { clusterGround } from './cluster-plane.ts'
import { ask, type Reply } from './http.ts'
import { localGround } from './local-plane.ts'
import type { Ran } from './skiff.ts'
import { type Address, cluster } from './target.ts'

/** The suites of the project, each in a namespace of its name. */
export type Suite = 'assets' | 'bookinfo' | 'commerce' | 'greeting' | 'relay'

/** What the two planes do in different ways. */
export interface Ground {
  /** Where the ingress takes plain HTTP. */
  ingress: Address
  /** A socket of this machine where the Kubernetes API answers without a credential. */
  apiSocket: string
  /** A command in kubectl's words: get, apply, delete. */
  run(words: readonly string[], stdin?: string): Promise<Ran>
  /** What the instances of a Knative Service wrote. */
  logs(service: string, namespace: string): Promise<string>
  /** A way to call cluster addresses as a workload of this namespace, with these labels. */
  caller(namespace: string, labels?: Record<string, string>): Promise<MeshCall>
  /** Brings a suite to the state its manifests describe, all of it Ready. */
  deploy(suite: Suite): Promise<void>
  stop(): Promise<void>
}

/** Settings of the autoscaler (`config-autoscaler`) by which instances end soon after their last request. */
export const soonAsleep = {
  ...{ 'allow-zero-initial-scale': 'true', 'initial-scale': '0' },
  ...{ 'stable-window': '6s', 'scale-to-zero-grace-period': '1s' },
}

export interface Plane extends Ground {
  /** One request to the ingress, by the name of a host. */
  ask(host: string, path: string, options?: CallOptions): Promise<Reply>
  /** An object, or a list of them, as `get WORDS -o json` gives it. */
  get<T = Record<string, never>>(...words: string[]): Promise<T>
  /** Applies files of the project (a path) and documents (an object); rejects with what was said when one is refused. */
  apply(...what: (string | object)[]): Promise<string>
  /** Deletes what `words` name, or what files of the project describe; resolves when it is gone, or was gone already. */
  remove(...words: string[]): Promise<void>
  /** Sets keys of one of Knative Serving's ConfigMaps (null takes one away), until the plane is stopped. */
  configure(name: string, data: Record<string, string | null>): Promise<void>
  /** Puts a rule set of a suite in force. */
  rules(suite: Suite, name: string): Promise<void>
}

/** Makes the plane ready on which these suites are asked: a runtime of its own, or the cluster with the suites deployed. */
export async function startPlane(...suites: Suite[]): Promise<Plane> {
  return planeOn(cluster ? await clusterGround(cluster, suites) : await localGround())
}

/** The file of a rule set. */
export const rulesFile = (suite: Suite, name: string) => `istio/${suite}/rules/${name}.yaml`

interface Labelled {
  metadata: { labels?: Record<string, string> }
}

/** What the suite itself brought to a cluster is not what tests ask about. */
const isOfTheSystem = ({ metadata }: Labelled) => metadata.labels?.[probeLabel] === undefined

export function planeOn(ground: Ground): Plane {
  const succeed = async (words: readonly string[], stdin?: string) => {
    const { code, out, err } = await ground.run(words, stdin)
    if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}: ${err || out}`)
    return out
  }
  const apply: Plane['apply'] = async (...what) => {
    const files = what.filter(one => typeof one === 'string').flatMap(file => ['-f', resolve(projectDir, file)])
    const documents = what.filter(one => typeof one !== 'string')
    const said = files.length > 0 ? await succeed(['apply', ...files]) : ''
    return documents.length > 0 ? said + (await succeed(['apply', '-f', '-'], textOf(documents))) : said
  }
  const { configure, restore } = settingsAt(ground.apiSocket)
  return {
    ...ground,
    async stop() {
      if (cluster) await restore()
      await ground.stop()
    },
    apply,
    configure,
    ask: (host, path, options) => ask(ground.ingress, host, path, options),
    async get<T>(...words: string[]) {
      const found = JSON.parse(await succeed(['get', ...words, '-o', 'json'])) as { items?: Labelled[] }
      return (found.items ? { ...found, items: found.items.filter(isOfTheSystem) } : found) as T
    },
    async remove(...words) {
      const isFile = (word: string) => word.endsWith('.yaml')
      await succeed(['delete', ...words.flatMap(word => (isFile(word) ? ['-f', resolve(projectDir, word)] : [word]))])
    },
    async rules(suite, name) {
      await apply(rulesFile(suite, name))
    },
  }
}

const textOf = (documents: readonly object[]) =>
  documents.map(one => stringify(one, { aliasDuplicateObjects: false })).join('---\n')

type Data = Record<string, string | null>

/** Knative's ConfigMaps, changed for the time of a test. */
function settingsAt(apiSocket: string) {
  const maps = '/api/v1/namespaces/knative-serving/configmaps'
  const before = new Map<string, Data>()
  const patch = async (name: string, data: Data) => {
    const { code, body } = await callApi(apiSocket, 'PATCH', `${maps}/${name}`, { data })
    if (code >= 400) throw new Error(`${name}: ${body.message}`)
  }
  return {
    async configure(name: string, data: Data): Promise<void> {
      const { code, body } = await callApi<{ data?: Data }>(apiSocket, 'GET', `${maps}/${name}`)
      if (code === 404) {
        const metadata = { name, namespace: 'knative-serving' }
        await callApi(apiSocket, 'POST', maps, { apiVersion: 'v1', kind: 'ConfigMap', metadata })
      }
      const found = Object.keys(data).map(key => [key, body.data?.[key] ?? null])
      before.set(name, { ...Object.fromEntries(found), ...before.get(name) })
      await patch(name, data)
    },
    async restore(): Promise<void> {
      for (const [name, data] of before) await patch(name, data)
    },
  }
}
