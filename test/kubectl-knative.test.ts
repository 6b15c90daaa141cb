// kubectl on Knative and Istio: columns, conditions, admission, and what is said where a cluster has more.
import { kubectlSuite, lines } from './kubectl-world.ts'

const service = (spec: string, name = 'hello') => `apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: ${name}, namespace: app}
spec: {${spec}}
`
const template = 'template: {spec: {containers: [{image: dev.local/hello/hello}]}}'
const insecure = /^Warning: Kubernetes default value is insecure, Knative may default this to secure/

kubectlSuite('kubectl and Knative', () => {
  lines([
    { line: 'create ns app', out: 'namespace/app created' },
    { line: 'apply -f -', stdin: service(template), err: insecure, out: 'service.serving.knative.dev/hello created' },
    {
      line: 'wait --for=condition=Ready ksvc/hello -n app --timeout=20s',
      out: 'service.serving.knative.dev/hello condition met',
    },
    {
      line: 'get ksvc -n app',
      out: /^NAME URL LATESTCREATED LATESTREADY READY REASON\nhello http:\/\/hello\.app\.localhost(:\d+)? hello-00001 hello-00001 True$/,
    },
    { line: 'get ksvc -A', out: /^NAMESPACE NAME URL LATESTCREATED LATESTREADY READY REASON\napp hello / },
    { line: 'get ksvc -n app -o wide', out: /^NAME URL LATESTCREATED LATESTREADY READY REASON\n/ },
    { line: 'get ksvc -n app -o name', out: 'service.serving.knative.dev/hello' },
    { line: 'get rt -n app', out: /^NAME URL READY REASON\nhello http:\S+ True$/ },
    { line: 'get cfg -n app', out: 'NAME LATESTCREATED LATESTREADY READY REASON\nhello hello-00001 hello-00001 True' },
    {
      line: 'get rev -n app',
      out: /^NAME CONFIG NAME GENERATION READY REASON ACTUAL REPLICAS DESIRED REPLICAS\nhello-00001 hello 1 True( \d){0,2}$/,
    },
    { line: 'get kingress -n app', out: 'NAME READY REASON\nhello True' },
    { line: 'get sks -n app', out: /^NAME MODE ACTIVATORS SERVICENAME PRIVATESERVICENAME READY REASON\nhello-00001 / },
    {
      line: 'get podautoscalers.autoscaling.internal.knative.dev -n app',
      out: /^NAME DESIREDSCALE ACTUALSCALE READY REASON\nhello-00001 /,
    },
    {
      line: 'get deploy -n app',
      out: /^NAME READY UP-TO-DATE AVAILABLE AGE\nhello-00001-deployment \d\/\d \d \d \d+s$/,
    },
    {
      line: 'rollout status deployment/hello-00001-deployment -n app --timeout=20s',
      out: /deployment "hello-00001-deployment" successfully rolled out$/,
    },
    {
      line: 'describe ksvc hello -n app',
      out: /^Name: hello\nNamespace: app\nLabels: <none>\nAnnotations: serving.knative.dev\/creator: admin\nserving.knative.dev\/lastModifier: admin\nAPI Version: serving.knative.dev\/v1\nKind: Service\n[\s\S]*\nObserved Generation: 1\n/,
    },
    {
      line: 'get all -n app',
      out: /deployment\.apps\/hello-00001-deployment[\s\S]*revision\.serving\.knative\.dev\/hello-00001/,
    },
    {
      line: "get ksvc hello -n app -o jsonpath='{.status.conditions[*].type}'",
      out: 'ConfigurationsReady Ready RoutesReady',
    },
  ])

  lines([
    {
      line: `patch ksvc hello -n app -p '{"metadata":{"labels":{"a":"b"}}}'`,
      code: 1,
      err: /application\/strategic-merge-patch\+json is not supported by serving.knative.dev\/v1, Kind=Service/,
    },
    {
      line: `patch ksvc hello -n app --type merge -p '{"spec":{"traffic":[{"latestRevision":true,"percent":90}]}}'`,
      code: 1,
      err: /denied the request: validation failed: Traffic targets sum to 90, want 100: spec.traffic/,
    },
    {
      line: `patch rev hello-00001 -n app --type merge -p '{"spec":{"timeoutSeconds":7}}'`,
      code: 1,
      err: /denied the request: validation failed: Immutable fields changed \(-old \+new\): spec/,
    },
    {
      line: `patch ksvc hello -n app --type merge -p '{"spec":{"template":{"metadata":{"name":"other"}}}}'`,
      code: 1,
      err: /invalid value: "other" must have prefix "hello-": spec.template.metadata.name/,
    },
    {
      line: 'apply -f -',
      stdin: service(`${template}, replicas: 2`),
      code: 1,
      err: /Service in version "v1" cannot be handled as a Service: strict decoding error: unknown field "spec.replicas"/,
    },
    {
      line: 'apply --validate=warn -f -',
      stdin: service(`${template}, replicas: 2`, 'warned'),
      err: /Warning: unknown field "spec.replicas"/,
      out: 'service.serving.knative.dev/warned created',
    },
    {
      line: 'create -f -',
      stdin: service(template, 'Upper'),
      code: 1,
      err: /^The Service "Upper" is invalid: metadata.name: Invalid value: "Upper": a lowercase RFC 1123 subdomain/,
    },
    {
      line: 'create --dry-run=server -f -',
      stdin: service(template, 'dry'),
      err: insecure,
      out: 'service.serving.knative.dev/dry created (server dry run)',
    },
    { line: 'get ksvc dry -n app', code: 1, err: /services.serving.knative.dev "dry" not found/ },
    { line: 'get nothings', code: 1, err: /the server doesn't have a resource type "nothings"/ },
    { line: 'get ksvc --token=wrong', code: 1, err: /Unauthorized|must be logged in/ },
    {
      line: 'scale ksvc hello --replicas=2 -n app',
      code: 1,
      err: /the server could not find the requested resource/,
    },
    {
      line: 'scale deployment hello-00001-deployment --replicas=2 -n app',
      code: 1,
      err: /deployments.apps cannot be written here: a deployment shows the scale of a revision/,
    },
    { line: 'create deployment d --image=x -n app', code: 1, err: /change the Knative Service/ },
    { line: 'create job j --image=x -n app', code: 1, err: /nothing runs them; create a Knative Service/ },
  ])

  lines([
    {
      line: 'apply -f -',
      stdin: `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: rule, namespace: app}
spec:
  hosts: [shop.example.com]
  http: [{route: [{destination: {host: hello}}]}, {route: [{destination: {host: hello}}]}]
`,
      err: /^Warning: virtualService rule #1 not used \(only the last rule can have no matches\)/,
      out: 'virtualservice.networking.istio.io/rule created',
    },
    { line: 'get vs -n app', out: /^NAME GATEWAYS HOSTS AGE\n[\s\S]*rule \["shop.example.com"\] \d+s$/ },
    {
      line: 'get virtualservices.v1beta1.networking.istio.io rule -n app -o jsonpath={.apiVersion}',
      out: 'networking.istio.io/v1beta1',
    },
    { line: 'explain ksvc', out: /KIND: Service[\s\S]*DESCRIPTION:\nA function or program with its traffic/ },
    {
      line: 'explain ksvc.spec.traffic',
      out: /KIND: Service[\s\S]*FIELD: traffic <\[\]Object>[\s\S]*latestRevision\s<boolean>/,
    },
    { line: 'explain vs.spec.http.retries', out: /GROUP: networking.istio.io[\s\S]*attempts\s<integer>/ },
    { line: 'explain configmap.data', out: /KIND: ConfigMap[\s\S]*FIELD: data <map\[string\]string>/ },
    {
      line: 'api-resources --api-group=serving.knative.dev -o name',
      out: ['configurations', 'domainmappings', 'revisions', 'routes', 'services']
        .map(plural => `${plural}.serving.knative.dev`)
        .join('\n'),
    },
    { line: 'api-resources --api-group=apps -o name', out: /^daemonsets.apps\ndeployments.apps\n/ },
    { line: 'api-versions', out: /(^|\n)networking.istio.io\/v1\n[\s\S]*serving.knative.dev\/v1\n[\s\S]*\nv1$/ },
    { line: "get crd services.serving.knative.dev -o jsonpath='{.spec.names.shortNames}'", out: '["kservice","ksvc"]' },
    { line: 'get nodes', out: /^NAME STATUS ROLES AGE VERSION\nlocalhost Ready <none> \S+ v1\.\d+\.\d+\+skiff$/ },
    { line: 'auth can-i create ksvc', out: 'yes' },
    { line: 'auth can-i --list', out: /^Resources Non-Resource URLs Resource Names Verbs\n\*\.\* / },
    { line: 'auth whoami -o jsonpath={.status.userInfo.username}', out: 'admin' },
    { line: 'version -o json', err: /^$|exceeds the supported minor version skew/, out: /"serverVersion": \{/ },
    { line: 'cluster-info', out: /is running at/ },
    { line: 'get --raw /healthz', out: 'ok' },
    { line: 'get --raw /readyz', out: 'ok' },
    { line: 'delete ksvc hello -n app --cascade=foreground', out: /^service.serving.knative.dev "hello" deleted/ },
    { line: 'get rev,rt,cfg,deploy -n app -l serving.knative.dev/service=hello', out: '', err: /No resources found/ },
  ])
})
