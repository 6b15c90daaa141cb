// A project with one broker and triggers of which the first alone matches the events of the bench.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Writes the project; the matching trigger's subscriber is `url`. */
export function brokerProject(url: string, triggers: number): string {
  const project = mkdtempSync(join(tmpdir(), 'skiff-broker-'))
  mkdirSync(join(project, 'eventing'))
  const metadata = (name: string) => ({ name, namespace: 'app' })
  const documents = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'app' } },
    { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', metadata: metadata('default') },
    ...Array.from({ length: triggers }, (_, index) => ({
      apiVersion: 'eventing.knative.dev/v1',
      kind: 'Trigger',
      metadata: metadata(`t-${index}`),
      spec: {
        broker: 'default',
        filter: { attributes: { type: index === 0 ? 'bench' : `other-${index}` } },
        subscriber: { uri: url },
      },
    })),
  ]
  for (const [index, document] of documents.entries()) {
    writeFileSync(join(project, `eventing/${String(index).padStart(3, '0')}.yaml`), JSON.stringify(document))
  }
  return project
}
