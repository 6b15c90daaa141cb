// What is to run for an instance, worked out before anything starts: image, environment, arguments, port of each container.
import { resolve } from 'node:path'
import type { Container } from '../api/core/pod-spec.ts'
import type { InstanceSpec } from '../seams/instances.ts'
import { containerEnv } from './env/container-env.ts'
import { expand } from './env/expand.ts'
import { digestOf } from './images/reference.ts'
import type { Image, ImageStore } from './images/store.ts'
import { userWords } from './process/user.ts'
import { failed, type Lookup } from './types.ts'
import { mountWords } from './volumes/mounts.ts'
import type { Volumes } from './volumes/volumes.ts'

export interface ContainerPlan {
  name: string
  container: Container
  digest: string
  /** Whether this container answers the revision's requests. */
  serves: boolean
  /** What the bundle's process becomes, or the program that runs instead of it. */
  run: { kind: 'function'; args: string[] } | { kind: 'program'; command: string[] }
  cwd: string
  env: Record<string, string>
  /** The words that put a command into the container's mounts; empty without mounts. */
  mount: string[]
  /** The words that make a command run as the container's user; empty where that is the runtime's own. */
  asUser: string[]
  /** The real port of a program; what PORT says for a function, which listens on a socket file. */
  port: number | undefined
  /** The port of the YAML, which probes name. */
  containerPort: number
}

export interface PlanContext {
  projectDir: string
  store: ImageStore
  lookup: Lookup
  extra: Readonly<Record<string, string>>
  volumes: Volumes
  /** A free TCP port for a program that serves. */
  freePort(wish?: number): Promise<number>
}

/** The port Knative assumes when a container names none. */
const defaultPort = 8080

/** The container requests go to: the first with ports, or the first of all. */
function servingIndex(containers: readonly Container[]): number {
  return Math.max(
    0,
    containers.findIndex(({ ports }) => ports?.length),
  )
}

/** The name a container's log is kept under. */
export function containerName({ name }: Container, index: number): string {
  return name ?? `container-${index}`
}

/** Plans every container. Rejects with `CreateContainerConfigError` or `ImageNotFound`. */
export async function planContainers(spec: InstanceSpec, context: PlanContext): Promise<ContainerPlan[]> {
  const { containers, initContainers } = spec.pod
  if (initContainers?.length) {
    throw failed(
      'CreateContainerConfigError',
      'spec.initContainers: init containers do not run on the local runtime; do their work in the container itself',
    )
  }
  const serving = servingIndex(containers)
  return Promise.all(
    containers.map((container, index) => planContainer(spec, container, index, index === serving, context)),
  )
}

async function planContainer(
  spec: InstanceSpec,
  container: Container,
  index: number,
  serves: boolean,
  context: PlanContext,
): Promise<ContainerPlan> {
  const { digest, image } = imageOf(spec.digests[index], container, context.store)
  const containerPort = container.ports?.[0]?.containerPort || defaultPort
  const isFunction = image.kind === 'bundle' && !container.command?.length
  const port = !serves ? undefined : isFunction ? containerPort : await context.freePort(wishedPort(container))
  const imageEnv = image.kind === 'program' ? image.env : {}
  const env = containerEnv({ spec, container, image: imageEnv, extra: context.extra, port, lookup: context.lookup })
  const base = image.kind === 'program' ? image.cwd : context.projectDir
  const args = (container.args ?? []).map(arg => expand(arg, env))
  const name = containerName(container, index)
  const mounts = context.volumes.mountsOf(container)
  return {
    name,
    container,
    digest,
    serves,
    run: isFunction
      ? { kind: 'function', args }
      : { kind: 'program', command: [...commandOf(container, image, env), ...args] },
    cwd: container.workingDir ? resolve(base, container.workingDir) : base,
    env,
    mount: mounts.length > 0 ? mountWords(mounts, context.volumes.workFolder(name)) : [],
    asUser: image.kind === 'program' ? userWords(container, image.user) : [],
    port,
    containerPort,
  }
}

/** The port of the YAML, where it says one: programs that know their port by heart then work as well. */
function wishedPort({ ports }: Container): number | undefined {
  const port = ports?.[0]?.containerPort
  return port === defaultPort ? undefined : port
}

/** `command` replaces the image's program and its arguments; `args` alone replaces its arguments after the first word. */
function commandOf(container: Container, image: Image, env: Record<string, string>): string[] {
  if (container.command?.length) return container.command.map(word => expand(word, env))
  return image.kind === 'program' ? image.command : []
}

function imageOf(
  reference: string | undefined,
  container: Container,
  store: ImageStore,
): { digest: string; image: Image } {
  const digest = digestOf(reference ?? container.image)
  const image = digest === undefined ? undefined : store.read(digest)
  if (digest === undefined || !image) {
    throw failed(
      'ImageNotFound',
      `image ${reference ?? container.image} is not in the state folder; create the revision anew to build it`,
    )
  }
  return { digest, image }
}
