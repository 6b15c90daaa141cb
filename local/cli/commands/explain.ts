// `skiff explain URL`: where a request would go and why, from the YAML of the folder or the objects of a running system.
import { createRegistry } from '../../api/registry.ts'
import { systemClock } from '../../kernel/clock.ts'
import { exitCodes, SkiffError } from '../../kernel/errors.ts'
import { silentLog } from '../../kernel/log.ts'
import { seededRandom } from '../../kernel/random.ts'
import type { Manifest } from '../../manifests/manifest.ts'
import { readProject } from '../../manifests/project.ts'
import type { CompiledMesh } from '../../mesh/compile/compile.ts'
import {
  callerOf,
  type ExplainedDestination,
  type ExplainedHop,
  type Explanation,
  explain,
  type Place,
} from '../../mesh/explain.ts'
import type { Entrance } from '../../mesh/mesh.ts'
import { planCluster } from '../../planned-cluster.ts'
import { feedRoutes } from '../../routes.ts'
import { type AddCommand, type CommandContext, commandOf, contextOf } from '../command.ts'

interface ExplainOptions {
  header: string[]
  request: string
  from?: string
  labels?: string
  gateway?: boolean
}

export const addExplain: AddCommand = (program, terminal) => {
  program
    .command('explain')
    .description('say where a request goes and why, hop by hop, without sending it')
    .argument('<url>', 'the URL a client or a program of the mesh calls')
    .option('-H, --header <line>', '`name: value`; may be repeated', (line, before: string[]) => [...before, line], [])
    .option('-X, --request <method>', 'the method', 'GET')
    .option('--from <ns[/sa]>', 'a program of this namespace and service account calls')
    .option('--labels <k=v,…>', 'labels of the calling program')
    .option('--gateway', 'a client outside calls, also for a name of the cluster')
    .action(async (url: string, options: ExplainOptions, ...rest) => {
      await explainUrl(contextOf(commandOf(rest), terminal), url, options)
    })
}

/** Prints the way of a request. A URL of the cluster is taken to be called from inside, any other from outside. */
export async function explainUrl(context: CommandContext, text: string, options: ExplainOptions): Promise<void> {
  const url = parsedUrl(text)
  const { documents } = await readProject(context.terminal.cwd, {
    registry: createRegistry(),
    now: context.terminal.now(),
  })
  const table = await planned(documents)
  const headers = options.header.flatMap(headerLine)
  const entrance = entranceOf(url, options, table)
  const explanation = explain({ table, manifests: documents }, { url, method: options.request, headers, entrance })
  context.print(explanation, () => render(explanation))
}

function parsedUrl(text: string): URL {
  const url = URL.parse(/^https?:\/\//.test(text) ? text : `http://${text}`)
  if (!url) throw new SkiffError(`not a URL: ${text}`, exitCodes.usage)
  return url
}

async function planned(documents: Manifest[]): Promise<CompiledMesh> {
  const cluster = planCluster({ clock: systemClock, random: seededRandom(1) })
  await cluster.apply(documents)
  let table: CompiledMesh | undefined
  const take = (compiled: CompiledMesh) => {
    table = compiled
  }
  const feed = feedRoutes({ store: cluster.store, log: silentLog, setTable: take })
  feed.stop()
  cluster.stop()
  if (!table) throw new SkiffError('no rules were made of this folder')
  return table
}

function headerLine(line: string): string[] {
  const [name, ...value] = line.split(':')
  if (!name || value.length === 0) throw new SkiffError(`-H ${line}: write it as 'name: value'`, exitCodes.usage)
  return [name.trim().toLowerCase(), value.join(':').trim()]
}

function entranceOf(url: URL, { from, labels, gateway }: ExplainOptions, table: CompiledMesh): Entrance {
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  const inside = from !== undefined || labels !== undefined || /\.svc(\.cluster\.local)?$/.test(url.hostname)
  if (inside && !gateway) return { caller: callerOf(from ?? 'default', labelsOf(labels)), port }
  return { gatewayPort: table.gatewayPorts.has(port) ? port : 80 }
}

function labelsOf(text = ''): Record<string, string> {
  return Object.fromEntries(
    text
      .split(',')
      .filter(Boolean)
      .map(pair => [pair.split('=')[0] ?? '', pair.split('=').slice(1).join('=')]),
  )
}

function render({ request, first }: Explanation): string {
  return `${[request, ...hopLines(first)].join('\n')}\n`
}

function hopLines(hop: ExplainedHop): string[] {
  const { door, host, target, virtualHost, passedOver, rule, does, answer, destinations } = hop
  return [
    `${door}: ${host}${target}`,
    `  virtual host  ${virtualHost ?? 'none'}`,
    ...passedOver.map(one => `  passed over   ${placeText(one.rule)}: ${one.because}`),
    ...(rule ? [`  rule          ${placeText(rule)}`] : []),
    ...does.map(text => `  ${text}`),
    ...(answer ? [`  answer        ${answer}`] : []),
    ...destinations.flatMap(destinationLines),
  ]
}

function destinationLines({ share, cluster, endpoints, next }: ExplainedDestination): string[] {
  const shown = endpoints.length > 4 ? [...endpoints.slice(0, 4), `and ${endpoints.length - 4} more`] : endpoints
  return [
    `  → ${share === 100 ? '' : `${share} % `}${cluster}: ${shown.join(', ')}`,
    ...(next ? hopLines(next).map(line => `    ${line}`) : []),
  ]
}

function placeText({ name, object, at }: Place): string {
  return [name && `"${name}"`, object, at && `(${at})`].filter(Boolean).join(' ')
}
