// What kubectl shows of an installation before anybody made anything, and what it is refused; and how many lines are tried.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { kubectl, kubectlSuite, lines } from './kubectl-world.ts'

const insteadOfPods =
  /^Error from server \(MethodNotAllowed\): .*nothing starts a Pod made by hand: create a Knative Service/
const pod = 'apiVersion: v1\nkind: Pod\nmetadata: {name: bare}\nspec: {containers: [{name: c, image: nginx}]}\n'

kubectlSuite('an installation', () => {
  lines([
    {
      line: 'get cm -n knative-serving -o name',
      out: [
        ...['autoscaler', 'defaults', 'deployment', 'domain', 'features', 'gc', 'leader-election', 'logging'],
        ...['network', 'observability', 'tracing'],
      ]
        .map(name => `configmap/config-${name}`)
        .join('\n'),
    },
    { line: 'get cm config-gc -n knative-serving', out: /^NAME DATA AGE\nconfig-gc 0 \d+s$/ },
    { line: "get cm config-autoscaler -n knative-serving -o jsonpath='{.data}'", out: '{}' },
    { line: 'get cm -n knative-eventing -o name', out: /configmap\/config-br-defaults\n/ },
    {
      line: `patch cm config-gc -n knative-serving --type merge -p '{"data":{"min-non-active-revisions":"-1"}}'`,
      code: 1,
      err: /admission webhook "config.webhook.serving.knative.dev" denied the request/,
    },
    {
      line: `patch cm config-gc -n knative-serving --type merge -p '{"data":{"min-non-active-revisions":"3"}}'`,
      out: 'configmap/config-gc patched',
    },
    { line: 'run bare --image=nginx', code: 1, err: insteadOfPods },
    { line: 'create -f -', stdin: pod, code: 1, err: insteadOfPods },
    { line: 'apply --server-side -f -', stdin: pod, code: 1, err: insteadOfPods },
    { line: 'get pods', out: '', err: /No resources found in default namespace/ },
    { line: 'create token default', code: 1, err: /the server could not find the requested resource/ },
    { line: 'get leases', code: 1, err: /the server doesn't have a resource type "leases"/ },
    { line: 'get endpointslices', out: '', err: /No resources found in default namespace/ },
    {
      line: 'delete endpointslices --all -n default',
      out: /^(No resources found)?$/,
    },
  ])

  it('events begin with when they were last seen', async () => {
    await kubectl('create namespace told')
    const event = {
      ...{ apiVersion: 'v1', kind: 'Event', metadata: { name: 'e', namespace: 'told' } },
      ...{ type: 'Normal', reason: 'Told', message: 'a story', lastTimestamp: new Date().toISOString() },
      involvedObject: { apiVersion: 'v1', kind: 'Namespace', name: 'told', namespace: 'told' },
    }
    expect((await kubectl('create -f -', { stdin: JSON.stringify(event) })).err).toBe('')
    const { out } = await kubectl('get events -n told')
    expect(out).toMatch(/^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n\d+s +Normal +Told +namespace\/told +a story\n$/)
    expect((await kubectl('get events -n told -o wide')).out).toMatch(/MESSAGE +NAME\n.* e\n$/)
  })
})

describe('the command lines tried on a running system', () => {
  const texts = (pattern: string) =>
    globSync(pattern, { cwd: import.meta.dirname }).map(name => readFileSync(join(import.meta.dirname, name), 'utf8'))
  const count = (text: string, row: RegExp) => text.match(row)?.length ?? 0

  it('of kubectl and kn are at least 120', () => {
    const ofKubectl = texts('kubectl-*.test.ts').map(text => count(text, /^ +(?:\{ )?line: /gm))
    const ofKn = texts('kn.test.ts').map(text =>
      count(text.split('const lines')[1]?.split('\n]\n')[0] ?? '', /^ {2}\[/gm),
    )
    const sum = [...ofKubectl, ...ofKn].reduce((all, one) => all + one, 0)
    expect(sum).toBeGreaterThanOrEqual(120)
  })
})
