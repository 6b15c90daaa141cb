// The options of a deployment, the same for `skiff service deploy` and `kn service deploy`.
import { type Command, InvalidArgumentError } from 'commander'
import { type DeployRequest, percentOf } from './deploy.ts'
import { deploymentOf } from './deployment.ts'

export interface DeployFlags {
  name?: string
  namespace?: string
  env: string[]
  image?: string
  tag?: string
  percent?: number
  /** False with `--no-wait`. */
  wait: boolean
}

/** Adds argument and options of a deployment. */
export function addDeployOptions(command: Command): Command {
  return command
    .argument('<what>', 'functions/SUITE/SERVICE, an image, or a YAML file with one Service')
    .option('--name <name>', 'name of the service; that of the folder, image or file when left out')
    .option('--tag <tag>', 'tag of the new revision: a URL of its own')
    .option('--percent <percent>', 'share of the new revision; the others keep the rest', share)
    .option('--env <name=value>', 'a variable (repeatable)', (text, before: string[]) => [...before, text], [])
    .option('--image <image>', 'the image a function of a folder is published as, for a cluster')
    .option('--no-wait', 'do not wait until the service is Ready')
}

function share(text: string): number {
  try {
    return percentOf(text)
  } catch {
    throw new InvalidArgumentError('It must be a whole number from 0 to 100.')
  }
}

/** The deployment that a command line asks for; `now` in milliseconds since the epoch. Throws usage errors. */
export function requestOf(
  what: string,
  flags: DeployFlags,
  { cwd, now, namespace }: { cwd: string; now: number; namespace: string },
): DeployRequest {
  const { tag, percent, wait } = flags
  return {
    service: deploymentOf(what, cwd, flags, namespace),
    ...(tag ? { tag } : {}),
    ...(percent === undefined ? {} : { percent }),
    ...{ wait, now: new Date(now).toISOString() },
  }
}
