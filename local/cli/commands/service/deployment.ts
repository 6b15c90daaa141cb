// What is deployed: a function's folder, an image or a YAML file, as Knative Services.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, join, resolve, sep } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { Service } from '../../../api/serving/types.ts'
import { exitCodes, SkiffError } from '../../../kernel/errors.ts'
import { imageNameOf } from './image-name.ts'

export interface DeploymentFlags {
  name?: string
  namespace?: string
  /** `NAME=VALUE`. */
  env: readonly string[]
  /** The image a folder's function is published as; on the local runtime it is built from the folder itself. */
  image?: string
}

const knownFiles = /\.(ya?ml|json)$/

/** The Service that `what` stands for; `namespace` holds where neither flag nor file says one. Throws a usage error. */
export function deploymentOf(what: string, cwd: string, flags: DeploymentFlags, namespace: string): Service {
  const path = resolve(cwd, what)
  const found = statSync(path, { throwIfNoEntry: false })
  if (knownFiles.test(what)) {
    if (!found?.isFile()) throw usage(`no such file: ${path}`)
    return finished(serviceIn(path), flags, namespace)
  }
  if (found?.isDirectory()) return finished(serviceOfFolder(path, flags), flags, namespace)
  if (what.startsWith('.') || what.startsWith('/')) throw usage(`no such folder or file: ${path}`)
  return finished(serviceOf(imageNameOf(what), flags.image ?? what), flags, namespace)
}

function serviceIn(file: string): Service {
  const documents = parseAllDocuments(readFileSync(file, 'utf8'))
  const flaw = documents.flatMap(one => ('errors' in one ? one.errors : []))[0]
  if (flaw) throw new SkiffError(`refused: ${file}: ${flaw.message.split('\n')[0]}`, exitCodes.refused)
  const services = documents.map(one => one.toJS() as Service | null).filter(isService)
  const [service, ...more] = services
  if (!service || more.length > 0) {
    throw usage(`${file} must hold one Knative Service, and holds ${services.length}; for more use: kubectl apply -f`)
  }
  return service
}

function isService(object: Service | null): object is Service {
  return object?.kind === 'Service' && object.apiVersion?.startsWith('serving.knative.dev/') === true
}

/** The folder `functions/SUITE/SERVICE` of a project; its manifest in `knative/` counts when there is one. */
function serviceOfFolder(path: string, { image }: DeploymentFlags): Service {
  const parts = path.split(sep)
  const at = parts.lastIndexOf('functions')
  const [suite, service, ...more] = parts.slice(at + 1)
  if (at < 0 || !suite || !service || more.length > 0)
    throw usage(`${path} is no function: give the folder functions/SUITE/SERVICE of a project, an image or a YAML file`)
  if (!existsSync(join(path, 'app.ts')) && !existsSync(join(path, 'app.js')))
    throw usage(`${path} holds no function: its code is expected in app.ts`)
  const manifest = join(parts.slice(0, at).join(sep), 'knative', suite, `${service}.yaml`)
  if (!existsSync(manifest)) return serviceOf(service, image ?? `dev.local/${suite}/${service}`)
  const written = serviceIn(manifest)
  return image ? withImage(written, image) : written
}

function serviceOf(name: string, image: string): Service {
  const spec = { template: { spec: { containers: [{ image }] } } }
  return { apiVersion: 'serving.knative.dev/v1', kind: 'Service', metadata: { name }, spec }
}

function withImage(service: Service, image: string): Service {
  return changed(service, container => ({ ...container, image }))
}

type Container = Service['spec']['template']['spec']['containers'][number]

function changed(service: Service, change: (container: Container) => Container): Service {
  const { template } = service.spec
  const [first, ...others] = template.spec?.containers ?? []
  if (!first) throw usage('the Service has no container')
  const containers = [change(first), ...others]
  return { ...service, spec: { ...service.spec, template: { ...template, spec: { ...template.spec, containers } } } }
}

function finished(service: Service, { name, namespace, env, image }: DeploymentFlags, fallback: string): Service {
  const metadata = {
    ...service.metadata,
    name: name ?? service.metadata.name ?? basename(image ?? ''),
    namespace: namespace ?? service.metadata.namespace ?? fallback,
  }
  const variables = env.map(variable)
  const set = new Set(variables.map(one => one.name))
  return changed({ ...service, metadata }, container => {
    const kept = (container.env ?? []).filter(one => !set.has(one.name))
    return variables.length > 0 ? { ...container, env: [...kept, ...variables] } : container
  })
}

function variable(text: string): { name: string; value: string } {
  const [, name, value] = /^([A-Za-z_][\w.-]*)=(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined) throw usage(`--env ${text}: write NAME=VALUE`)
  return { name, value }
}

function usage(sentence: string): SkiffError {
  return new SkiffError(sentence, exitCodes.usage)
}
