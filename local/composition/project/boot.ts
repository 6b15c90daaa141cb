// What happens once the rooms stand: the project's YAML is read, checked and applied in order.
import type { ApiClient } from '../../api/client.ts'
import { type Service, serving } from '../../api/serving/types.ts'
import { isTrue } from '../../kernel/conditions.ts'
import { exitCodes, SkiffError } from '../../kernel/errors.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import { applyManifests } from '../../manifests/apply.ts'
import { formatManifestError, type Manifest, type ManifestError } from '../../manifests/manifest.ts'
import { readProject } from '../../manifests/project.ts'
import { isKnativeService } from '../../manifests/read.ts'
import { keptTexts } from './kept-texts.ts'

export interface ReadProjectOptions {
  projectDir: string
  client: ApiClient
  /** Told which images the Services of the project run, before any is applied. */
  prepare(images: readonly string[]): void
}

/** Reads and checks the project's YAML. Throws a refusal (exit code 3) that names each flaw with its file and line. */
export async function projectManifests({ projectDir, client, prepare }: ReadProjectOptions): Promise<Manifest[]> {
  const config = (namespace: string, name: string) => client.config(namespace, name)
  const kept = keptTexts(projectDir)
  const { documents, errors } = await readProject(projectDir, { registry: client.registry, config, kept })
  kept.save()
  if (errors.length > 0) throw refusal(errors)
  prepare(
    documents.filter(({ object }) => isKnativeService(object)).flatMap(({ object }) => imagesOf(object as Service)),
  )
  return documents
}

export interface ApplyProjectOptions {
  client: ApiClient
  store: ObjectStore
  /** What was applied the last time, by manifest key; what is applied now is written back. */
  record: { read(): Record<string, string> | undefined; write(applied: Record<string, string>): void }
  progress(step: string): void
}

/** Applies what is new or changed. Throws a refusal; nothing of a flawed file is applied. */
export async function applyProject(manifests: Manifest[], options: ApplyProjectOptions): Promise<void> {
  const { client, store, record, progress } = options
  const result = await applyManifests(client, manifests, {
    applied: record.read() ?? {},
    beside: true,
    waitReady: service => serviceReady(store, service),
    progress: manifest => progress(`applying ${manifest.object.kind} ${manifest.object.metadata.name}`),
  })
  record.write(result.applied)
  if (result.errors.length > 0) throw refusal(result.errors)
}

function imagesOf({ spec }: Service): string[] {
  return spec.template.spec.containers.map(({ image }) => image)
}

function refusal(errors: ManifestError[]): SkiffError {
  return new SkiffError(errors.map(formatManifestError).join('\n'), exitCodes.refused)
}

/** Resolves when the Service is Ready at its newest generation, rejects once it is False there. */
function serviceReady(store: ObjectStore, { namespace, name }: { namespace: string; name: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    const check = () => {
      const service = store.get<Service>(serving.service, namespace, name)
      if (!service) return finish(() => reject(new SkiffError(`Service ${namespace}/${name} was deleted`)))
      const { conditions, observedGeneration } = service.status ?? {}
      if (observedGeneration !== service.metadata.generation) return
      const ready = conditions?.find(one => one.type === 'Ready')
      if (isTrue(conditions)) finish(resolve)
      else if (ready?.status === 'False')
        finish(() =>
          reject(new SkiffError(`Service ${namespace}/${name} is not Ready: ${ready.reason}: ${ready.message}`)),
        )
    }
    const finish = (end: () => void) => {
      stop()
      end()
    }
    const stop = store.watch(({ object }) => {
      if (object.kind === 'Service' && object.metadata.name === name && object.metadata.namespace === namespace) check()
    })
    check()
  })
}
