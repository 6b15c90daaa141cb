// `skiff explain URL`: where a request goes and why, from YAML alone; no runtime is asked.
import { resolve } from 'node:path'
import { exitCodes, SkiffError } from '../../kernel/errors.ts'
import type { Entrance } from '../../mesh/mesh.ts'
import type { MeshTable } from '../../mesh/table/mesh-table.ts'
import { type AddCommand, type CommandContext, commandOf, contextOf } from '../command.ts'

interface ExplainOptions {
  header: string[]
  request: string
  file: string[]
  from?: string
  labels?: string
  gateway?: boolean
}

const repeated = (one: string, before: string[]) => [...before, one]

export const addExplain: AddCommand = (program, terminal) => {
  program
    .command('explain')
    .description('say where a request goes and why, hop by hop, without sending it')
    .argument(
      '<url>',
      'the URL a client or a program of the mesh calls; tls://HOST:PORT and tcp://HOST:PORT are connections',
    )
    .option('-H, --header <line>', '`name: value`; may be repeated', repeated, [])
    .option('-X, --request <method>', 'the method', 'GET')
    .option('--from <ns[/sa]>', 'a program of this namespace and service account calls')
    .option('--labels <k=v,…>', 'labels of the calling program')
    .option('--gateway', 'a client outside calls, also for a name of the cluster')
    .option(
      '-f, --file <path>',
      'YAML to apply on top of the folder, such as a rule set; may be repeated',
      repeated,
      [],
    )
    .action(async (url: string, options: ExplainOptions, ...rest) => {
      await explainUrl(contextOf(commandOf(rest), terminal), url, options)
    })
}

/** Prints the way of a request. A URL of the cluster is taken to be called from inside, any other from outside. */
async function explainUrl(context: CommandContext, text: string, options: ExplainOptions): Promise<void> {
  const url = parsedUrl(text)
  const headers = options.header.flatMap(headerLine)
  const [{ planMesh }, { explain }, { explanationText }] = await Promise.all([
    import('./explain/planned-mesh.ts'),
    import('../../mesh/explain/explain.ts'),
    import('./explain/explanation-text.ts'),
  ])
  const { cwd } = context.terminal
  const files = options.file.map(file => resolve(cwd, file))
  const mesh = await planMesh(cwd, files, context.terminal.now())
  const entrance = await entranceOf(url, options, mesh)
  if (!isHttp(url)) {
    const { explainConnection } = await import('../../mesh/explain/explain-connection.ts')
    const connection = explainConnection(mesh, { url, entrance })
    context.print(connection, () => explanationText(connection))
    return
  }
  const explanation = explain(mesh, { url, method: options.request.toUpperCase(), headers, entrance })
  context.print(explanation, () => explanationText(explanation))
}

function parsedUrl(text: string): URL {
  const url = URL.parse(/^[a-z]+:\/\//i.test(text) ? text : `http://${text}`)
  if (url && isHttp(url)) return url
  if (url && /^(tls|tcp):$/.test(url.protocol)) return withPort(url)
  throw new SkiffError(`not an http URL: ${text}; write it as http://HOST[:PORT]/PATH`, exitCodes.usage)
}

const isHttp = ({ protocol }: URL) => protocol === 'http:' || protocol === 'https:'

/** Connections of `tls:` go to port 443 unless they say another one; of `tcp:` there is no usual one. */
function withPort(url: URL): URL {
  if (url.port === '' && url.protocol === 'tls:') url.port = '443'
  if (url.port !== '') return url
  throw new SkiffError(`${url.href} names no port: write it as tcp://HOST:PORT`, exitCodes.usage)
}

function headerLine(line: string): string[] {
  const [name, ...value] = line.split(':')
  if (!name?.trim() || value.length === 0) {
    throw new SkiffError(`-H ${line}: write it as 'name: value'`, exitCodes.usage)
  }
  return [name.trim().toLowerCase(), value.join(':').trim()]
}

const internal = /\.svc(\.cluster\.local)?$/

async function entranceOf(
  url: URL,
  { from, labels, gateway }: ExplainOptions,
  { table, namespaces }: { table: MeshTable; namespaces: readonly string[] },
): Promise<Entrance> {
  const secure = url.protocol === 'https:'
  const port = Number(url.port || (secure ? 443 : 80))
  const [, namespace, ...more] = url.hostname.split('.')
  const isInside = internal.test(url.hostname) || (more.length === 0 && namespaces.includes(namespace ?? ''))
  if (gateway || (from === undefined && labels === undefined && !isInside)) {
    if (secure) return { gatewayPort: port, serverName: url.hostname }
    return { gatewayPort: !isHttp(url) || table.gatewayPorts.has(port) ? port : 80 }
  }
  if (secure)
    throw new SkiffError('https from inside the mesh is bytes to it: explain the http or the tls URL', exitCodes.usage)
  const { callerOf } = await import('../../mesh/explain/step.ts')
  const caller = callerOf(from ?? 'default', labelsOf(labels))
  if (!namespaces.includes(caller.namespace)) throw await unknownNamespace(caller.namespace, namespaces)
  return { caller, port }
}

async function unknownNamespace(name: string, known: readonly string[]): Promise<SkiffError> {
  const { nearestName } = await import('../../manifests/nearest-name.ts')
  const near = nearestName(name, known)
  const hint = near ? `did you mean ${near}?` : `there are ${known.join(', ')}`
  return new SkiffError(`--from ${name}: no such namespace, ${hint}`, exitCodes.usage)
}

function labelsOf(text = ''): Record<string, string> {
  const pairs = text.split(',').filter(Boolean)
  const wrong = pairs.find(pair => !/^[^=]+=/.test(pair))
  if (wrong) throw new SkiffError(`--labels ${wrong}: write it as name=value`, exitCodes.usage)
  return Object.fromEntries(pairs.map(pair => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
}
