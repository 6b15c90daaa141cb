# Of the documents that kustomize prints, the Knative Service called `service`.
function finish() {
  if (kind && group && named) printf "%s", text
  text = ""; kind = group = named = 0
}
/^---$/ { finish(); next }
/^kind: Service$/ { kind = 1 }
/^apiVersion: serving\.knative\.dev\// { group = 1 }
$0 == "  name: " service { named = 1 }
{ text = text $0 "\n" }
END { finish() }
