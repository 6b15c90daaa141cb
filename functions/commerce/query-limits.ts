// What one query of a stranger may ask for: how deep, under how many names of its own, how many lists inside lists.
import {
  type ASTVisitor,
  type FieldNode,
  GraphQLError,
  type GraphQLNamedType,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type ParseOptions,
  parse,
  type SelectionNode,
  type SelectionSetNode,
  type Source,
  type ValidationContext,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'

export interface QueryLimits {
  /** Fields inside fields. */
  depth: number
  /** Fields under another name: one field may so be asked for many times. */
  aliases: number
  /** Lists inside lists, of those whose length the caller chooses: each multiplies what the one around it gives. */
  lists: number
  /** Words and signs of the whole document, counted while it is read. */
  tokens: number
}

type Size = Omit<QueryLimits, 'tokens'>

const nothing: Size = { depth: 0, aliases: 0, lists: 0 }

/** Refuses larger queries before anything of them is carried out. What introspection asks for counts as one field. */
export function limiting(limits: QueryLimits): Plugin {
  const options = { maxTokens: limits.tokens }
  const read = (source: string | Source, given?: ParseOptions) => parse(source, { ...given, ...options })
  return {
    onParse: ({ setParseFn }) => setParseFn(read),
    onValidate: ({ addValidationRule }) => addValidationRule((context: ValidationContext) => rule(context, limits)),
  }
}

function rule(context: ValidationContext, limits: QueryLimits): ASTVisitor {
  return {
    OperationDefinition(operation) {
      const type = context.getSchema().getRootType(operation.operation) ?? undefined
      const size = sizer(context)(operation.selectionSet, type)
      for (const flaw of flawsOf(size, limits)) {
        context.reportError(new GraphQLError(flaw, { nodes: operation, extensions: { code: 'QUERY_TOO_LARGE' } }))
      }
    },
  }
}

function flawsOf({ depth, aliases, lists }: Size, most: QueryLimits): string[] {
  return [
    ...(depth > most.depth ? [`the query is ${depth} fields deep: at most ${most.depth}`] : []),
    ...(aliases > most.aliases ? [`the query has ${aliases} aliases: at most ${most.aliases}`] : []),
    ...(lists > most.lists ? [`the query has ${lists} lists inside each other: at most ${most.lists}`] : []),
  ]
}

/** Measures selections; each fragment once, however often it is spread. */
function sizer(context: ValidationContext): (set: SelectionSetNode | undefined, type?: GraphQLNamedType) => Size {
  const fragments = new Map<string, Size>()
  const typeNamed = (name: string | undefined) => (name ? context.getSchema().getType(name) : undefined)

  const ofSet = (set: SelectionSetNode | undefined, type?: GraphQLNamedType): Size =>
    (set?.selections ?? []).map(selection => ofSelection(selection, type)).reduce(together, nothing)

  const ofSelection = (selection: SelectionNode, type?: GraphQLNamedType): Size => {
    if (selection.kind === Kind.FIELD) return ofField(selection, type)
    if (selection.kind === Kind.FRAGMENT_SPREAD) return ofFragment(selection.name.value)
    return ofSet(selection.selectionSet, typeNamed(selection.typeCondition?.name.value) ?? type)
  }

  const ofField = ({ name, alias, selectionSet }: FieldNode, type?: GraphQLNamedType): Size => {
    const own = { depth: 1, aliases: alias ? 1 : 0, lists: 0 }
    if (name.value.startsWith('__')) return own
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name.value] : undefined
    const inner = ofSet(selectionSet, field && getNamedType(field.type))
    const lists = field?.args.some(argument => argument.name === 'first') ? 1 : 0
    return { depth: 1 + inner.depth, aliases: own.aliases + inner.aliases, lists: lists + inner.lists }
  }

  const ofFragment = (name: string): Size => {
    const known = fragments.get(name)
    if (known) return known
    // A fragment that spreads itself is refused by another rule.
    fragments.set(name, nothing)
    const fragment = context.getFragment(name)
    const size = ofSet(fragment?.selectionSet, typeNamed(fragment?.typeCondition.name.value))
    fragments.set(name, size)
    return size
  }
  return ofSet
}

function together(one: Size, other: Size): Size {
  return {
    depth: Math.max(one.depth, other.depth),
    aliases: one.aliases + other.aliases,
    lists: Math.max(one.lists, other.lists),
  }
}
