// `skiff rules`: puts a rule set of a suite in force; objects of the same name from the one before are replaced.
import { type AddCommand, commandOf, contextOf } from '../command.ts'
import { apply } from './apply.ts'
import { ruleSetFile } from './rules/rule-sets.ts'

export const addRules: AddCommand = (program, terminal) => {
  program
    .command('rules')
    .description('apply a rule set of a suite: istio/SUITE/rules/NAME.yaml')
    .argument('[suite]', 'a folder of istio/ that has rules; without it, they are listed')
    .argument('[name]', 'a rule set of the suite; without it, they are listed')
    .action(async (suite: string | undefined, name: string | undefined, ...rest) => {
      const context = contextOf(commandOf(rest), terminal)
      await apply(context, [await ruleSetFile(terminal.cwd, suite, name)])
    })
}
