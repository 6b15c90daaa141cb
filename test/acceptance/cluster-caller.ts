// A way to call cluster addresses from outside: the function functions/probe/caller, a workload like any other.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Answer, MeshCall } from '../../load/mesh-client.ts'
import { projectDir } from '../../load/world.ts'
import { ask } from './http.ts'
import type { Ground } from './plane.ts'
import { eventually } from './skiff.ts'
import { type Address, cluster } from './target.ts'

/** Marks what the suite itself brings to a cluster. */
export const probeLabel = 'skiff-probe'

interface Service {
  metadata: { generation: number }
  status?: { observedGeneration?: number; url?: string; conditions?: { type: string; status: string }[] }
}

export function callerOn(run: Ground['run'], ingress: Address) {
  const made = new Map<string, string>()

  const caller: Ground['caller'] = async (namespace, labels = {}) => {
    const name = ['caller', ...Object.values(labels)].join('-')
    const { code, err } = await run(['apply', '-f', '-'], JSON.stringify(serviceOf(name, namespace, labels)))
    if (code !== 0) throw new Error(`the caller was refused: ${err}`)
    made.set(`${namespace}/${name}`, namespace)
    const read = async () =>
      JSON.parse((await run(['get', 'ksvc', name, '-n', namespace, '-o', 'json'])).out) as Service
    const { status } = await eventually(read, isReady, 60)
    const host = new URL(status?.url ?? '').hostname
    const call: MeshCall = async (url, options) => {
      const answer = await ask(ingress, host, '/', {
        ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
        body: JSON.stringify({ url, ...options }),
      })
      if (answer.status !== 200) throw new Error(`the caller answered ${answer.status}: ${answer.body}`)
      return JSON.parse(answer.body) as Answer
    }
    return call
  }

  const removeCallers = async () => {
    for (const [name, namespace] of made) {
      await run(['delete', 'ksvc', name.split('/')[1] ?? '', '-n', namespace])
    }
  }
  return { caller, removeCallers }
}

const { version } = JSON.parse(readFileSync(join(projectDir, 'package.json'), 'utf8')) as { version: string }
/** The image of a function of functions/probe: on a cluster where scripts/push put it, by the same variables. */
export const imageOf = (name: string) =>
  cluster
    ? `${process.env.REGISTRY ?? 'dev.local'}/probe/${name}:${process.env.TAG ?? version}`
    : `dev.local/probe/${name}`

function serviceOf(name: string, namespace: string, labels: Record<string, string>) {
  const mark = { [probeLabel]: 'caller' }
  return {
    ...{ apiVersion: 'serving.knative.dev/v1', kind: 'Service' },
    metadata: { name, namespace, labels: mark },
    spec: {
      template: { metadata: { labels: { ...mark, ...labels } }, spec: { containers: [{ image: imageOf('caller') }] } },
    },
  }
}

function isReady({ metadata, status }: Service): boolean {
  const current = status?.observedGeneration === metadata.generation
  return current && status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True'
}
