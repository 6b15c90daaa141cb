// The shape of source files that no linter knows: a sentence at the top of each, and none too long to read.
import type { Finding } from './finding.ts'
import type { SourceFile } from './source-files.ts'

const longest = 400

/** Files of local/ without a header comment, and files of more than 400 lines. Tests may be long: they are tables. */
export function fileFindings(files: readonly SourceFile[]): Finding[] {
  const code = files.filter(({ path }) => !path.endsWith('.test.ts'))
  return code.flatMap(({ path, text }) => {
    const findings: Finding[] = []
    if (path.startsWith('local/') && !/^(#!.*\n)?\/\/ \S/.test(text)) {
      findings.push({ file: path, line: 1, message: 'starts without a comment that says what the file is for' })
    }
    const lines = text.split('\n').length - 1
    if (lines > longest) findings.push({ file: path, message: `${lines} lines: split it, ${longest} are the most` })
    return findings
  })
}
