// `skiff completion SHELL`: a completion script made from the command tree itself.
import { Argument, type Command } from 'commander'
import type { AddCommand } from '../command.ts'

export const addCompletion: AddCommand = (program, terminal) => {
  program
    .command('completion')
    .description('print a completion script: source <(skiff completion bash)')
    .addArgument(new Argument('<shell>').choices(Object.keys(shells)))
    .action((shell: keyof typeof shells) => terminal.out(shells[shell](wordsOf(program))))
}

interface Words {
  name: string
  doc: string
  flags: { names: string[]; doc: string }[]
}

/** Every command with its flags, those of the whole program included. */
function wordsOf(program: Command): Words[] {
  const flagsOf = (command: Command) =>
    command.options.map(one => ({ names: [one.short, one.long].filter(name => name != null), doc: one.description }))
  return program.commands.map(command => ({
    name: command.name(),
    doc: command.description(),
    flags: [...flagsOf(command), ...flagsOf(program), { names: ['--help'], doc: 'show what the command takes' }],
  }))
}

const shells = { bash, zsh, fish }

function bash(words: Words[]): string {
  const cases = words.map(one => `    ${one.name}) words="${one.flags.flatMap(flag => flag.names).join(' ')}" ;;`)
  return `_skiff() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words="${words.map(one => one.name).join(' ')}"; fi
  if [[ "$current" != -* && "$COMP_CWORD" -gt 1 ]]; then COMPREPLY=($(compgen -f -- "$current")); return; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o filenames -F _skiff skiff
`
}

function zsh(words: Words[]): string {
  const commands = words.map(one => `    ${quoted(`${one.name}:${one.doc.replaceAll(':', '\\:')}`)}`)
  const cases = words.map(one => {
    const flags = one.flags.flatMap(flag =>
      flag.names.map(name => quoted(`${name}[${flag.doc.replace(/[[\]]/g, '')}]`)),
    )
    return `    ${one.name}) _arguments ${flags.join(' ')} '*:file:_files' ;;`
  })
  return `#compdef skiff
_skiff() {
  local -a commands=(
${commands.join('\n')}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  case "$words[2]" in
${cases.join('\n')}
  esac
}
compdef _skiff skiff
`
}

function fish(words: Words[]): string {
  const commands = words.map(
    one => `complete -c skiff -n __fish_use_subcommand -f -a ${one.name} -d ${quoted(one.doc)}`,
  )
  const flags = words.flatMap(one =>
    one.flags.map(({ names, doc }) => {
      const switches = names.map(name => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
      return `complete -c skiff -n '__fish_seen_subcommand_from ${one.name}' ${switches.join(' ')} -d ${quoted(doc)}`
    }),
  )
  return `${[...commands, ...flags].join('\n')}\n`
}

/** In single quotes, which all three shells read as they stand. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", '’')}'`
}
