{{/* The manifests of a suite, by path: of a service with several revisions the file of the step that is asked for. */}}
{{- define "skiff.paths" -}}
{{- $root := .root }}
{{- $paths := list }}
{{- range $pattern := list "istio/%s/*.yaml" "eventing/%s/*.yaml" "knative/%s/*.yaml" }}
{{- range $path, $_ := $root.Files.Glob (printf $pattern $.suite) }}
{{- $paths = append $paths $path }}
{{- end }}
{{- end }}
{{- $services := dict }}
{{- range $path, $_ := $root.Files.Glob (printf "knative/%s/*/[0-9]*-*.yaml" .suite) }}
{{- $_ := set $services (dir $path) (append (get $services (dir $path) | default list) $path) }}
{{- end }}
{{- range $folder, $files := $services }}
{{- $last := len $files }}
{{- $step := ternary $last (min (int $root.Values.step) $last) (eq (int $root.Values.step) 0) }}
{{- range $files }}
{{- if hasPrefix (printf "%d-" (int $step)) (base .) }}{{ $paths = append $paths . }}{{ end }}
{{- end }}
{{- end }}
{{- with $root.Values.overlay }}
{{- range $pattern := list (printf "overlays/%s/%s/*.yaml" . $.suite) (printf "istio/%s/overlays/%s/*.yaml" $.suite .) }}
{{- range $path, $_ := $root.Files.Glob $pattern }}
{{- $paths = append $paths $path }}
{{- end }}
{{- end }}
{{- end }}
{{- range $paths }}
{{- if not (has (base .) (list "kustomization.yaml" "scale.yaml")) }}
{{ . }}
{{- end }}
{{- end }}
{{- end }}

{{/* One document as it is applied: only Knative Services, brokers and namespaces are ever changed. */}}
{{- define "skiff.document" -}}
{{- $object := fromYaml .text }}
{{- if and (eq $object.kind "Service") (hasPrefix "serving.knative.dev/" $object.apiVersion) }}
{{- include "skiff.service" (dict "root" .root "object" $object) }}
{{- else if and (eq $object.kind "Broker") .root.Values.brokerClass }}
{{- include "skiff.broker" (dict "root" .root "object" $object) }}
{{- else if or (ne $object.kind "Namespace") .root.Values.namespaces }}
{{- .text }}
{{- end }}
{{- end }}

{{- define "skiff.service" -}}
{{- $values := .root.Values }}
{{- $name := printf "%s/%s" .object.metadata.namespace .object.metadata.name }}
{{- $template := .object.spec.template }}
{{- range $container := $template.spec.containers }}
{{- $image := regexReplaceAll "^dev\\.local/" $container.image (printf "%s/" $values.images.registry) }}
{{- $_ := set $container "image" (printf "%s:%s" $image (toString ($values.images.tag | default $.root.Chart.AppVersion))) }}
{{- range $env := $container.env }}
{{- if and (eq $env.name "K_SINK") (eq $values.brokerClass "RabbitMQBroker") }}
{{- /* A broker of this class has an address of its own. */}}
{{- $_ := set $env "value" (regexReplaceAll "^http://broker-ingress\\.knative-eventing\\.svc\\.cluster\\.local/([^/]+)/([^/]+)$" $env.value "http://${2}-broker-ingress.${1}.svc.cluster.local") }}
{{- end }}
{{- end }}
{{- end }}
{{- with get $values.minScale $name }}
{{- $scale := dict "autoscaling.knative.dev/min-scale" (toString .) "autoscaling.knative.dev/max-scale" (toString (mul 2 .)) }}
{{- $metadata := $template.metadata | default dict }}
{{- $_ := set $metadata "annotations" (merge $scale ($metadata.annotations | default dict)) }}
{{- /* A revision that has a name never changes: this is another one. */}}
{{- if $metadata.name }}
{{- range $target := $.object.spec.traffic }}
{{- if eq (toString $target.revisionName) $metadata.name }}{{ $_ := set $target "revisionName" (printf "%s-scaled" $metadata.name) }}{{ end }}
{{- end }}
{{- $_ := set $metadata "name" (printf "%s-scaled" $metadata.name) }}
{{- end }}
{{- $_ := set $template "metadata" $metadata }}
{{- end }}
{{- toYaml .object }}
{{- end }}

{{- define "skiff.broker" -}}
{{- $class := .root.Values.brokerClass }}
{{- $_ := set .object.metadata "annotations" (dict "eventing.knative.dev/broker.class" $class) }}
{{- if eq $class "RabbitMQBroker" }}
{{- $config := dict "apiVersion" "eventing.knative.dev/v1alpha1" "kind" "RabbitmqBrokerConfig" "name" "rabbitmq" }}
{{- $_ := set .object "spec" (merge (dict "config" $config) (.object.spec | default dict)) }}
{{- end }}
{{- toYaml .object }}
{{- end }}
