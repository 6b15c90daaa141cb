// `skiff get`: objects of the API as tables, YAML, JSON or names.
import { Option } from 'commander'
import { createRegistry } from '../../api/registry.ts'
import { exitCodes, SkiffError } from '../../kernel/errors.ts'
import type { KubeObject } from '../../kernel/object.ts'
import { collectionPath, objectPath } from '../client/kind-paths.ts'
import { type AddCommand, type CommandContext, commandOf, contextOf } from '../command.ts'
import { type Found, formatNames, formatObjects, formatTables, formatYaml } from './get/print-objects.ts'
import { type Selection, selectKinds } from './get/select-kinds.ts'

interface GetFlags {
  namespace: string
  allNamespaces?: boolean
  output?: 'yaml' | 'json' | 'name' | 'wide'
  selector?: string
}

export const addGet: AddCommand = (program, terminal) => {
  program
    .command('get')
    .description('show objects: get KIND [NAME…], get KIND,KIND, get KIND/NAME')
    .argument('<kind>', 'ksvc, revision, route, broker, pod, …')
    .argument('[name...]')
    .option('-n, --namespace <namespace>', 'namespace to look in', 'default')
    .option('-A, --all-namespaces', 'look in every namespace')
    .option('-l, --selector <labels>', 'only objects with these labels: key=value,…')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['yaml', 'json', 'name', 'wide']))
    .action(async (kind: string, names: string[], flags: GetFlags, ...rest) => {
      await get(contextOf(commandOf(rest), terminal), selectKinds(createRegistry(), kind, names), flags)
    })
}

async function get(context: CommandContext, selections: Selection[], flags: GetFlags): Promise<void> {
  const named = selections.some(one => one.name !== undefined)
  if (named && flags.allNamespaces)
    throw new SkiffError('an object cannot be asked for by name in all namespaces; give -n', exitCodes.usage)
  const found: Found[] = []
  for (const selection of selections) found.push(await read(context, selection, flags))
  if (found.every(one => one.objects.length === 0) && isForPeople(context, flags)) {
    const where =
      flags.allNamespaces || selections.every(one => !one.kind.namespaced) ? '' : ` in ${flags.namespace} namespace`
    context.terminal.err(`No resources found${where}.\n`)
    return
  }
  context.terminal.out(format(context, merged(found), named && selections.length === 1, flags))
}

function isForPeople({ settings }: CommandContext, { output }: GetFlags): boolean {
  return !settings.json && (output === undefined || output === 'wide')
}

async function read({ api }: CommandContext, { kind, name }: Selection, flags: GetFlags): Promise<Found> {
  if (name !== undefined)
    return { kind, objects: [await api.request<KubeObject>('GET', objectPath(kind, flags.namespace, name))] }
  const path = collectionPath(kind, flags.allNamespaces ? undefined : flags.namespace)
  const query = flags.selector ? `?labelSelector=${encodeURIComponent(flags.selector)}` : ''
  const { items } = await api.request<{ items: KubeObject[] }>('GET', path + query)
  return { kind, objects: items }
}

/** Objects of one kind asked for by several names make one table. */
function merged(found: Found[]): Found[] {
  return [...Map.groupBy(found, one => one.kind)].map(([kind, parts]) => ({
    kind,
    objects: parts.flatMap(part => part.objects),
  }))
}

function format(context: CommandContext, found: Found[], single: boolean, flags: GetFlags): string {
  const output = flags.output ?? (context.settings.json ? 'json' : undefined)
  if (output === 'json') return formatObjects(found, single)
  if (output === 'yaml') return formatYaml(found, single)
  if (output === 'name') return formatNames(found)
  const options = { wide: output === 'wide', withNamespace: flags.allNamespaces ?? false, now: context.terminal.now() }
  return formatTables(found, options)
}
