// `skiff service`: the daily path of Knative Services where kn is not installed: deploy, list, describe, traffic, delete.
import { type Command, Option } from 'commander'
import type { Service } from '../../api/serving/types.ts'
import { type AddCommand, type CommandContext, commandOf, contextOf } from '../command.ts'
import { deploy, servicePath, summary } from './service/deploy.ts'
import { addDeployOptions, type DeployFlags, requestOf } from './service/deploy-options.ts'
import { formatService, formatServices } from './service/print.ts'
import { moveTraffic, revisionsOf } from './service/traffic.ts'

interface Where {
  namespace: string
}

export const addService: AddCommand = (program, terminal) => {
  const service = program
    .command('service')
    .description('deploy, list, describe and delete services; move their traffic')
  const withContext =
    <T extends unknown[]>(action: (context: CommandContext, ...args: T) => Promise<void>) =>
    (...args: unknown[]) =>
      action(contextOf(commandOf(args), terminal), ...(args as T))

  addDeployOptions(
    service.command('deploy').description('a function folder, an image or a YAML file becomes a service'),
  )
    .option('-n, --namespace <namespace>', 'namespace; that of the file, or default, when left out')
    .action(withContext(deployService))
  namespaced(service.command('list').description('services with their URLs and traffic'))
    .option('-A, --all-namespaces', 'services of every namespace')
    .action(withContext(list))
  namespaced(service.command('describe').description('one service with its revisions').argument('<name>')).action(
    withContext(describe),
  )
  namespaced(service.command('traffic').description('move traffic between revisions; the others share the rest'))
    .argument('<name>')
    .argument('[share...]', 'REVISION=PERCENT, TAG=PERCENT or @latest=PERCENT')
    .option('--tag <revision=tag>', 'give a revision a URL of its own (repeatable)', another, [])
    .option('--untag <tag>', 'take a tag away (repeatable)', another, [])
    .addOption(new Option('--rollback', 'all traffic back to the revision before'))
    .action(withContext(traffic))
  namespaced(service.command('delete').description('delete services').argument('<name...>')).action(withContext(remove))
}

function namespaced(command: Command): Command {
  return command.option('-n, --namespace <namespace>', 'namespace of the service', 'default')
}

function another(text: string, before: string[]): string[] {
  return [...before, text]
}

async function deployService(
  { api, terminal, print }: CommandContext,
  what: string,
  flags: DeployFlags,
): Promise<void> {
  const deployed = await deploy(
    api,
    requestOf(what, flags, { cwd: terminal.cwd, now: terminal.now(), namespace: 'default' }),
  )
  print(deployed.service, () =>
    summary(deployed, (service, shares) => `skiff service traffic ${service} ${shares.join(' ')}`),
  )
}

async function list(
  { api, terminal, print }: CommandContext,
  { namespace, allNamespaces = false }: Where & { allNamespaces?: boolean },
): Promise<void> {
  const path = allNamespaces ? '/apis/serving.knative.dev/v1/services' : servicePath(namespace)
  const { items } = await api.request<{ items: Service[] }>('GET', path)
  print(items, () => formatServices(items, terminal.now(), allNamespaces))
}

async function describe({ api, terminal, print }: CommandContext, name: string, { namespace }: Where): Promise<void> {
  const service = await api.request<Service>('GET', servicePath(namespace, name))
  const revisions = await revisionsOf(api, namespace, name)
  print({ service, revisions }, () => formatService(service, revisions, terminal.now()))
}

async function traffic(
  { api, terminal, print }: CommandContext,
  name: string,
  shares: string[],
  { namespace, tag, untag, rollback = false }: Where & { tag: string[]; untag: string[]; rollback?: boolean },
): Promise<void> {
  const service = await moveTraffic(api, namespace, name, { shares, tags: tag, untag, rollback })
  print(service.status?.traffic, () => formatServices([service], terminal.now(), false))
}

async function remove({ api, print }: CommandContext, names: string[], { namespace }: Where): Promise<void> {
  for (const name of names) {
    await api.request('DELETE', servicePath(namespace, name))
    print({ name, namespace, outcome: 'deleted' }, () => `service "${name}" deleted\n`)
  }
}
