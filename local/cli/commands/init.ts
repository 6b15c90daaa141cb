// `skiff init NAME`: a small project that runs as it is.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { exitCodes, SkiffError } from '../../kernel/errors.ts'
import { type AddCommand, commandOf, contextOf } from '../command.ts'
import { ownVersion } from './version.ts'

export const addInit: AddCommand = (program, terminal) => {
  program
    .command('init')
    .description('make a small project in a new folder NAME')
    .argument('<name>', 'lower-case letters, digits and dashes')
    .action((name: string, ...rest) => {
      const { print } = contextOf(commandOf(rest), terminal)
      const folder = resolve(terminal.cwd, name)
      const files = projectFiles(name)
      writeProject(folder, files)
      const next = `cd ${name} && npm install && npx skiff up`
      print(
        { folder, files: Object.keys(files), next },
        () => `made ${name}/ with ${Object.keys(files).length} files; run it with:\n  ${next}\n`,
      )
    })
}

function writeProject(folder: string, files: Record<string, string>): void {
  if (existsSync(folder)) throw new SkiffError(`${folder} exists already; name a new folder`, exitCodes.usage)
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text, { flag: 'wx' })
  }
}

/** The files of a new project, text by path. Throws a usage error for a name that npm and Kubernetes would refuse. */
export function projectFiles(name: string): Record<string, string> {
  if (!/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
    throw new SkiffError(
      `"${name}" is no name for a project: lower-case letters, digits and dashes, such as my-project`,
      exitCodes.usage,
    )
  }
  return {
    'package.json': `${JSON.stringify(packageOf(name), null, 2)}\n`,
    'README.md': readme(name),
    '.gitignore': 'node_modules/\n.skiff/\n',
    'functions/hello/hello/app.ts': app,
    'knative/hello/namespace.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: hello\n',
    'knative/hello/hello.yaml': service,
  }
}

function packageOf(name: string): Record<string, unknown> {
  return {
    name,
    private: true,
    type: 'module',
    scripts: { start: 'skiff up' },
    dependencies: { hono: '^4.13.0', skiff: ownSource() },
  }
}

/** Where the new project gets this Skiff from: the checkout it runs from, else the version that was installed. */
function ownSource(): string {
  const root = resolve(import.meta.dirname, '../../..')
  return root.split(sep).includes('node_modules') ? `^${ownVersion()}` : `file:${root}`
}

const app = `import { Hono } from 'hono'

// A microservice is a Hono app; its configuration arrives as c.env.
const app = new Hono<{ Bindings: { GREETING?: string } }>()

app.get('/healthz', c => c.text('ok'))
app.get('/', c => c.json({ message: c.env.GREETING ?? 'Hello' }))

export default app
`

const service = `apiVersion: serving.knative.dev/v1
kind: Service
metadata:
  name: hello
  namespace: hello
spec:
  template:
    spec:
      containers:
        - image: dev.local/hello/hello
          env:
            - name: GREETING
              value: Hello from Knative
          readinessProbe:
            httpGet:
              path: /healthz
`

function readme(name: string): string {
  return `# ${name}

One function, \`functions/hello/hello\`, as a Knative Service that \`knative/hello/hello.yaml\` declares.

    npx skiff up
    curl http://hello.hello.localhost:8080

The same YAML goes to a cluster with Knative: \`kubectl apply -f knative/hello\`.
`
}
