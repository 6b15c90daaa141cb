// `skiff logs`: what the instances of a service wrote, across all of them, or of one pod.
import { InvalidArgumentError } from 'commander'
import { parseDuration } from '../../kernel/duration.ts'
import { exitCodes, SkiffError } from '../../kernel/errors.ts'
import { type AddCommand, type CommandContext, commandOf, contextOf } from '../command.ts'
import { followPods, type LogOptions, type LogSource, podsOf, writeLogs } from './logs/pod-logs.ts'
import { formatTraceLines, idsOfTrace, linesOfTrace } from './logs/trace-logs.ts'

interface LogFlags {
  namespace: string
  follow?: boolean
  tail?: number
  container?: string
  since?: number
  previous?: boolean
  trace?: string
}

export const addLogs: AddCommand = (program, terminal) => {
  program
    .command('logs')
    .description('show what a pod, every instance of a service, or everybody about one trace wrote')
    .argument('[what]', 'SERVICE, svc/SERVICE or pod/POD')
    .option('-n, --namespace <namespace>', 'namespace to look in', 'default')
    .option('-f, --follow', 'go on, with instances that start later too')
    .option('-c, --container <name>', 'container of the pod')
    .option('--tail <lines>', 'only so many of the last lines of each instance', wholeNumber)
    .option('--since <duration>', 'only what was written in this time: 30s, 5m, 1h', seconds)
    .option('-p, --previous', 'what an instance wrote before it was started again')
    .option('--trace <id>', 'only the lines of one trace: of all functions, the runtime and the mesh')
    .action(async (what: string | undefined, flags: LogFlags, ...rest) => {
      const context = contextOf(commandOf(rest), terminal)
      if (flags.trace !== undefined) return writeTrace(context, flags.trace, what)
      const { api, stateDir } = context
      const { follow = false } = flags
      const source: LogSource = { api, stateDir, namespace: flags.namespace, ...named(what ?? ''), follow }
      const options = optionsOf(flags)
      const out = (text: string) => terminal.out(text)
      await (follow ? followPods(source, options, out) : writeLogs(source, await podsOf(source), options, out))
    })
}

function optionsOf({ tail, container, since, previous }: LogFlags): LogOptions {
  return {
    ...(tail === undefined ? {} : { tail }),
    ...(container ? { container } : {}),
    ...(since === undefined ? {} : { sinceSeconds: since }),
    ...(previous ? { previous } : {}),
  }
}

async function writeTrace(
  { api, stateDir, print }: CommandContext,
  id: string,
  what: string | undefined,
): Promise<void> {
  if (what !== undefined) throw new SkiffError('--trace looks through all logs: leave the service out', exitCodes.usage)
  const lines = await linesOfTrace(stateDir, await idsOfTrace(api, id))
  if (lines.length === 0) throw new SkiffError(`no line in the logs names the trace ${id}`)
  print(lines, () => formatTraceLines(lines))
}

/** `hello` and `svc/hello` name a service, `pod/x` a pod. */
function named(what: string): { service: string } | { pod: string } {
  const [kind, name, ...more] = what.includes('/') ? what.split('/') : ['svc', what]
  if (name && more.length === 0) {
    if (kind === 'pod' || kind === 'pods' || kind === 'po') return { pod: name }
    if (kind && ['svc', 'service', 'ksvc'].includes(kind)) return { service: name }
  }
  throw new SkiffError(`name a service or a pod: SERVICE, svc/SERVICE or pod/POD, got "${what}"`, exitCodes.usage)
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

/** Whole seconds, as the API takes them: of part of one a whole one. */
function seconds(text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined || ms < 0) throw new InvalidArgumentError('It must be a duration such as 30s, 5m or 1h30m.')
  return Math.ceil(ms / 1_000)
}
