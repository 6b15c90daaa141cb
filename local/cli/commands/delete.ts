// `skiff delete`: removes objects by manifest or by name; what is not there is no failure when a manifest names it.
import { createRegistry } from '../../api/registry.ts'
import { exitCodes, SkiffError, StatusError } from '../../kernel/errors.ts'
import { namespaceOf, objectPath, qualifiedName } from '../client/kind-paths.ts'
import { type AddCommand, type CommandContext, commandOf, contextOf } from '../command.ts'
import { type Selection, selectKinds } from './get/select-kinds.ts'
import { readFiles, refuseFlaws } from './manifest-files.ts'

interface DeleteFlags {
  filename?: string[]
  namespace: string
}

type Target = Required<Selection> & { namespace: string }

export const addDelete: AddCommand = (program, terminal) => {
  program
    .command('delete')
    .description('delete objects: delete -f PATH…, delete KIND NAME…')
    .argument('[kind]')
    .argument('[name...]')
    .option('-f, --filename <path...>', 'files, folders with *.yaml files, or - for standard input')
    .option('-n, --namespace <namespace>', 'namespace of objects deleted by name', 'default')
    .action(async (kind: string | undefined, names: string[], flags: DeleteFlags, ...rest) => {
      const context = contextOf(commandOf(rest), terminal)
      if (flags.filename && kind) throw new SkiffError('give files or names, not both', exitCodes.usage)
      if (flags.filename) await remove(context, await inFiles(context, flags.filename), true)
      else await remove(context, byName(kind, names, flags.namespace), false)
    })
}

function byName(kind: string | undefined, names: string[], namespace: string): Target[] {
  const selections = kind ? selectKinds(createRegistry(), kind, names) : []
  const targets = selections.flatMap(({ kind, name }) => (name === undefined ? [] : [{ kind, name, namespace }]))
  if (targets.length === 0)
    throw new SkiffError('name what to delete: delete -f PATH…, or delete KIND NAME…', exitCodes.usage)
  return targets
}

/** What files name, last first: an object goes before what it was built on. */
async function inFiles(context: CommandContext, paths: string[]): Promise<Target[]> {
  const registry = createRegistry()
  const { documents, errors } = await readFiles(context, paths)
  refuseFlaws(errors)
  const targets = documents.flatMap(({ object }) => {
    const kind = registry.of(object)
    return kind ? [{ kind, name: object.metadata.name, namespace: namespaceOf(kind, object) }] : []
  })
  return [...new Map(targets.map(one => [objectPath(one.kind, one.namespace, one.name), one])).values()].reverse()
}

async function remove({ api, print }: CommandContext, targets: Target[], missingIsFine: boolean): Promise<void> {
  for (const { kind, namespace, name } of targets) {
    const object = qualifiedName(kind, name)
    try {
      await api.request('DELETE', objectPath(kind, namespace, name))
      print(
        { object, outcome: 'deleted' },
        () => `${kind.singular}${kind.group && `.${kind.group}`} "${name}" deleted\n`,
      )
    } catch (error) {
      if (!missingIsFine || !(error instanceof StatusError) || error.reason !== 'NotFound') throw error
      print({ object, outcome: 'not found' }, () => `${object} was not there\n`)
    }
  }
}
