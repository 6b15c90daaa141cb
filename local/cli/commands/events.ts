// `skiff events`: what became of each event; sending one; and giving out again what was given up.
import { type Command, InvalidArgumentError } from 'commander'
import { exitCodes, SkiffError } from '../../kernel/errors.ts'
import { type AddCommand, type CommandContext, commandOf, contextOf } from '../command.ts'
import { eventOf, type SendFlags } from './events/outgoing.ts'
import { formatEvent, formatEvents, formatSteps } from './events/print.ts'
import { eachEvent, readEvents } from './events/read.ts'

// Options of the command itself count for those below it too: `replay --dead`, `send --type`.
interface ListFlags {
  follow?: boolean
  type?: string
  broker?: string
  dead?: boolean
  limit: number
}

const order = `
Order: a broker or channel keeps events in the order in which it acknowledged them, and offers them to each trigger or
subscription in that order. Up to 50 deliveries to one of them are under way at once and a failed one is tried again
while later ones pass, so a subscriber may see events in another order, and more than once: tell them apart by id.
What a trigger must see strictly one after the other is to be sent on only after the answer to the one before.`

export const addEvents: AddCommand = (program, terminal) => {
  const events = program
    .command('events')
    .description('what became of each event: where it went, why, and how that ended')
    .option('-f, --follow', 'go on with what happens from now on')
    .option('--type <type>', 'only events of that type; a * at the end stands for any')
    .option('--broker <namespace/name>', 'only events of that broker')
    .option('--dead', 'only events that a trigger gave up')
    .option('--limit <count>', 'so many of the newest', wholeNumber, 50)
    .addHelpText('after', order)
    .action(async (flags: ListFlags, ...rest) => list(contextOf(commandOf(rest), terminal), flags))
  const withContext =
    <T extends unknown[]>(action: (context: CommandContext, ...args: T) => Promise<void>) =>
    (...args: unknown[]) =>
      action(contextOf(commandOf(args), terminal), ...(args as T))
  events.command('show').description('each step of one event').argument('<id>').action(withContext(show))
  events
    .command('replay')
    .description(
      'deliver an event, or with --dead all given up, again: to those that gave it up, else to all it matches',
    )
    .argument('[id]', 'the event’s id')
    .action(withContext(replay))
  addSend(events).action(withContext(send))
}

function addSend(events: Command): Command {
  return events
    .command('send')
    .description('send an event of some --type to a broker')
    .argument('<broker>', 'NAME, or NAMESPACE/NAME')
    .option('--source <source>', 'its source', '/skiff')
    .option('--id <id>', 'its id; a new one when left out')
    .option('--subject <subject>', 'its subject')
    .option('--ext <name=value>', 'an extension attribute (repeatable)', another, [])
    .option('--data <data>', 'its data: JSON, or text; - reads it from the input')
    .option('-n, --namespace <namespace>', 'namespace of the broker', 'default')
}

async function list(context: CommandContext, { follow = false, limit, ...query }: ListFlags): Promise<void> {
  const { api, terminal, settings } = context
  if (!follow) {
    const events = await readEvents(api, { ...query, limit })
    context.print(events, () => formatEvents(events))
    return
  }
  const seen = new Map<string, number>()
  for await (const event of eachEvent(api, { ...query, limit, follow })) {
    terminal.out(settings.json ? `${JSON.stringify(event)}\n` : formatSteps(event, seen))
  }
}

async function show(context: CommandContext, id: string): Promise<void> {
  const events = await readEvents(context.api, { id, limit: 1_000 })
  if (events.length === 0) throw new SkiffError(`no event with id ${id} among those the journal still holds`)
  context.print(events, () => events.map(formatEvent).join('\n'))
}

async function replay(
  context: CommandContext,
  id: string | undefined,
  _flags: object,
  command: Command,
): Promise<void> {
  const { dead } = command.optsWithGlobals<{ dead?: boolean }>()
  if ((id === undefined) === !dead) throw new SkiffError('name one event by its id, or give --dead', exitCodes.usage)
  const body = id === undefined ? { dead: true } : { id }
  type Answer = { replayed: { id: string; consumer?: string }[] }
  const { replayed } = await context.api.request<Answer>('POST', '/skiff/events/replay', body)
  if (id !== undefined && replayed.length === 0) {
    throw new SkiffError(`no event with id ${id} among those the journal still holds`)
  }
  context.print(replayed, () =>
    replayed.length === 0
      ? 'nothing was given up\n'
      : replayed.map(one => `${one.id} → ${one.consumer ?? 'all that match'}\n`).join(''),
  )
}

async function send(
  context: CommandContext,
  broker: string,
  flags: Omit<SendFlags, 'type'>,
  command: Command,
): Promise<void> {
  const { type } = command.optsWithGlobals<{ type?: string }>()
  if (!type) throw new SkiffError('give the event a --type', exitCodes.usage)
  const event = await eventOf(broker, { ...flags, type }, context.terminal)
  const { accepted } = await context.api.request<{ accepted: string }>('POST', '/skiff/events/send', event)
  context.print({ id: accepted, broker: event.broker }, () => `${accepted} accepted by ${event.broker}\n`)
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

const another = (text: string, before: string[]) => [...before, text]
