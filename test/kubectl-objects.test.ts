// kubectl on plain objects: generators, reading, labels, patches, apply in both ways, deleting.
import { mkdirSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { fileIn, kubectl, kubectlSuite, lines } from './kubectl-world.ts'

const map = (name: string, data: string, more = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: app${more}}\ndata: {${data}}\n`

kubectlSuite('kubectl and objects', () => {
  lines([
    { line: 'create namespace app', out: 'namespace/app created' },
    { line: 'get namespace app', out: /^NAME STATUS AGE\napp Active \d+s$/ },
    { line: 'create configmap c1 --from-literal=a=1 -n app', out: 'configmap/c1 created' },
    { line: 'create secret generic s1 --from-literal=p=q -n app', out: 'secret/s1 created' },
    { line: 'create serviceaccount robot -n app', out: 'serviceaccount/robot created' },
    { line: 'create service clusterip web --tcp=80:8080 -n app', out: 'service/web created' },
    { line: 'create service externalname out --external-name example.com -n app', out: 'service/out created' },
    {
      line: 'create configmap c1 -n app',
      code: 1,
      err: /^error: failed to create configmap: configmaps "c1" already exists/,
    },
    { line: 'create configmap c1 -n nowhere', code: 1, err: /namespaces "nowhere" not found/ },
    { line: "get configmap c1 -n app -o jsonpath='{.data.a}'", out: '1' },
    { line: 'get cm c1 -n app -o name', out: 'configmap/c1' },
    { line: 'get cm -n app -o custom-columns=NAME:.metadata.name,A:.data.a', out: 'NAME A\nc1 1' },
    { line: "get secret s1 -n app -o jsonpath='{.data.p} {.type}'", out: 'cQ== Opaque' },
    {
      line: 'get svc -n app',
      out: /^NAME TYPE CLUSTER-IP EXTERNAL-IP PORT\(S\) AGE\nout ExternalName <none> example.com <none> \d+s\nweb ClusterIP <none> <none> 80\/TCP \d+s$/,
    },
    { line: 'get sa robot -n app', out: /^NAME SECRETS AGE\nrobot 0 \d+s$/ },
    { line: 'get secret s1 -n app', out: /^NAME TYPE DATA AGE\ns1 Opaque 1 \d+s$/ },
    { line: 'get cm c1 -n app --show-labels', out: /^NAME DATA AGE LABELS\nc1 1 \d+s <none>$/ },
  ])

  lines([
    { line: 'label cm c1 team=a -n app', out: 'configmap/c1 labeled' },
    {
      line: 'label cm c1 team=b -n app',
      code: 1,
      err: /'team' already has a value \(a\), and --overwrite is false/,
    },
    { line: 'label cm c1 team=b --overwrite -n app', out: 'configmap/c1 labeled' },
    { line: 'get cm -n app -l team=b -o name', out: 'configmap/c1' },
    { line: "get cm -n app -l 'team in (a)' -o name", out: '' },
    { line: "get cm -n app -l '!team' -o name", out: '' },
    { line: 'get cm -A --field-selector metadata.name=c1 -o name', out: 'configmap/c1' },
    { line: 'get cm -n app --field-selector spec.x=y', code: 1, err: /field label not supported: spec.x/ },
    { line: 'annotate cm c1 note=x -n app', out: 'configmap/c1 annotated' },
    { line: `patch cm c1 -n app -p '{"data":{"b":"2"}}'`, out: 'configmap/c1 patched' },
    { line: `patch cm c1 -n app --type merge -p '{"data":{"a":null}}'`, out: 'configmap/c1 patched' },
    {
      line: `patch cm c1 -n app --type json -p '[{"op":"replace","path":"/data/b","value":"3"}]'`,
      out: 'configmap/c1 patched',
    },
    { line: `patch cm c1 -n app --type merge -p '{"data":{"b":"3"}}'`, out: 'configmap/c1 patched (no change)' },
    {
      line: `patch cm c1 -n app --type json -p '[{"op":"test","path":"/data/b","value":"9"}]'`,
      code: 1,
      err: /testing path \/data\/b failed|testing value \/data\/b failed|test/,
    },
    { line: "get cm c1 -n app -o jsonpath='{.data}'", out: '{"b":"3"}' },
  ])

  lines([
    { line: 'apply -f -', stdin: map('c2', 'a: "1"'), out: 'configmap/c2 created' },
    { line: 'apply -f -', stdin: map('c2', 'a: "1"'), out: 'configmap/c2 unchanged' },
    { line: 'diff -f -', stdin: map('c2', 'a: "1"'), out: '' },
    { line: 'diff -f -', stdin: map('c2', 'a: "2"'), code: 1, out: /\n- a: "1"\n\+ a: "2"/ },
    {
      line: 'apply --dry-run=server -f -',
      stdin: map('c2', 'a: "2"'),
      out: 'configmap/c2 configured (server dry run)',
    },
    { line: "get cm c2 -n app -o jsonpath='{.data.a}'", out: '1' },
    { line: 'apply -f -', stdin: map('c2', 'b: "2"'), out: 'configmap/c2 configured' },
    { line: "get cm c2 -n app -o jsonpath='{.data}'", out: '{"b":"2"}' },
    { line: 'replace -f -', stdin: map('c2', 'c: "3"'), out: 'configmap/c2 replaced' },
    {
      line: 'replace -f -',
      stdin: map('c2', 'c: "3"', ', resourceVersion: "1"'),
      code: 1,
      err: /Error from server \(Conflict\).*the object has been modified; please apply your changes to the latest version/,
    },
    { line: 'replace --force -f -', stdin: map('c2', 'd: "4"'), out: 'configmap "c2" deleted\nconfigmap/c2 replaced' },
    { line: 'apply --server-side -f -', stdin: map('c3', 'a: "1"'), out: 'configmap/c3 serverside-applied' },
    {
      line: 'apply --server-side --field-manager=other -f -',
      stdin: map('c3', 'a: "2"'),
      code: 1,
      err: /Apply failed with 1 conflict: conflict with "kubectl": \.data\.a/,
    },
    {
      line: 'apply --server-side --field-manager=other --force-conflicts -f -',
      stdin: map('c3', 'a: "2"'),
      out: 'configmap/c3 serverside-applied',
    },
    {
      line: "get cm c3 -n app --show-managed-fields -o jsonpath='{.metadata.managedFields[*].manager}'",
      out: 'other',
    },
    {
      line: 'edit cm c3 -n app',
      env: { KUBE_EDITOR: `sed -i 's/a: "2"/a: "7"/'` },
      out: 'configmap/c3 edited',
    },
    { line: "get cm c3 -n app -o jsonpath='{.data.a}'", out: '7' },
    {
      line: 'create -f -',
      stdin: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: made-, namespace: app}\n',
      out: /^configmap\/made-[a-z0-9]{5} created$/,
    },
  ])

  it('apply -k DIR', async () => {
    mkdirSync(fileIn('base'))
    writeFileSync(fileIn('base/kustomization.yaml'), 'namespace: app\nnamePrefix: k-\nresources: [map.yaml]\n')
    writeFileSync(fileIn('base/map.yaml'), map('c', 'a: "1"'))
    expect(await kubectl(`apply -k ${fileIn('base')}`)).toEqual({ code: 0, out: 'configmap/k-c created\n', err: '' })
    expect((await kubectl(`delete -k ${fileIn('base')}`)).out).toMatch(/^configmap "k-c" deleted/)
  })

  it('get -w shows each change as it comes', async () => {
    const watching = kubectl('get cm -n app -w --request-timeout=3s')
    await kubectl('create configmap seen -n app')
    await kubectl('label cm seen -n app a=b')
    expect((await watching).out).toMatch(/NAME +DATA +AGE\n[\s\S]*seen +0 +\d+s\n/)
  })

  lines([
    { line: 'wait --for=jsonpath={.data.a}=7 cm/c3 -n app --timeout=5s', out: 'configmap/c3 condition met' },
    { line: 'delete cm c3 -n app', out: /^configmap "c3" deleted/ },
    { line: 'wait --for=delete cm/c3 -n app --timeout=5s', out: '' },
    { line: 'get cm c3 -n app', code: 1, err: /^Error from server \(NotFound\): configmaps "c3" not found/ },
    { line: 'delete cm -l team=none -n app', out: 'No resources found' },
    { line: 'delete cm --all -n app', out: /configmap "c1" deleted[\s\S]*configmap "c2" deleted/ },
    { line: 'get cm -n app', out: '', err: /No resources found in app namespace/ },
    { line: 'delete namespace app', out: /^namespace "app" deleted/ },
    { line: 'get secret s1 -n app', code: 1, err: /NotFound/ },
    { line: 'get namespace app', code: 1, err: /namespaces "app" not found/ },
  ])
})
