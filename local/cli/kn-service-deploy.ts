// `kn service deploy`: deploys to the cluster of the kubeconfig's context, a real one or a local runtime.
import { Command, CommanderError } from 'commander'
import { exitCodes, SkiffError, StatusError } from '../kernel/errors.ts'
import { clusterClient } from './client/cluster-client.ts'
import { clusterOf, type KubeconfigFlags } from './client/kubeconfig.ts'
import { type Api, deploy, summary } from './commands/service/deploy.ts'
import { addDeployOptions, type DeployFlags, requestOf } from './commands/service/deploy-options.ts'
import type { Terminal } from './terminal.ts'

const localImages = /^dev\.local\//

/** Runs one command line (without `node` and the script). Resolves with the exit code. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const command = addDeployOptions(new Command('kn service deploy'))
    .description('Deploys a function folder, an image or a YAML file as a Knative Service and waits for it.')
    .option('-n, --namespace <namespace>', 'namespace; that of the file, or of the context, when left out')
    .option('--context <name>', 'context of the kubeconfig')
    .option('--cluster <name>', 'cluster of the kubeconfig')
    .option('--kubeconfig <file>', 'kubeconfig file (or KUBECONFIG)')
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err, outputError: () => {} })
    .exitOverride()
    .action((what: string, flags: DeployFlags & KubeconfigFlags) => deployTo(what, flags, terminal))
  try {
    await command.parseAsync([...args], { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0
    terminal.err(`Error: ${sentenceOf(error)}\n`)
    return error instanceof SkiffError ? error.exitCode : error instanceof CommanderError ? exitCodes.usage : 1
  }
}

async function deployTo(what: string, flags: DeployFlags & KubeconfigFlags, terminal: Terminal): Promise<void> {
  const cluster = clusterOf(flags, terminal.env)
  const api = clusterClient(cluster)
  const request = requestOf(what, flags, { cwd: terminal.cwd, now: terminal.now(), namespace: cluster.namespace })
  const image = request.service.spec.template.spec.containers[0]?.image ?? ''
  if (localImages.test(image) && !(await isLocalRuntime(api))) {
    throw new SkiffError(
      `${image} exists on the local runtime only, and ${cluster.server} is a cluster: build and push the function, and name its image with --image`,
      exitCodes.usage,
    )
  }
  terminal.err(`Deploying service '${request.service.metadata.name}' to ${cluster.server} …\n`)
  const split = (service: string, shares: readonly string[]) =>
    `kn service update ${service} ${shares.map(share => `--traffic ${share}`).join(' ')}`
  terminal.out(summary(await deploy(api, request), split))
}

async function isLocalRuntime(api: Api): Promise<boolean> {
  const { gitVersion = '' } = await api.request<{ gitVersion?: string }>('GET', '/version')
  return gitVersion.includes('skiff')
}

function sentenceOf(error: unknown): string {
  if (error instanceof StatusError) return `${error.message}`
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/^error: /, '')
}
