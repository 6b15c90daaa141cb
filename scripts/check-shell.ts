// The shell scripts of the project, as shellcheck sees them.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runProgram } from './program.ts'

/** The scripts that people call, relative to the project: what they share is read along with them. */
export async function shellScripts(root: string): Promise<string[]> {
  const entries = await readdir(join(root, 'scripts'), { withFileTypes: true })
  const files = entries
    .filter(entry => entry.isFile() && !entry.name.includes('.'))
    .map(({ name }) => `scripts/${name}`)
  const texts = await Promise.all(files.map(file => readFile(join(root, file), 'utf8')))
  return files.filter((_, index) => texts[index]?.startsWith('#!/usr/bin/env bash')).sort()
}

/** What shellcheck finds, as compilers print it; empty when all is well. */
export async function shellFindings(root: string): Promise<string> {
  const { out, err } = await runProgram('shellcheck', ['--format=gcc', ...(await shellScripts(root))], root)
  return (out + err).trim()
}
