// How Knative's metrics name a revision.
import type { RevisionMeasures } from '../../seams/revision-measures.ts'

/** The labels that Knative's metrics have for a revision. */
export function revisionLabels({
  namespace,
  revision,
  labels,
}: Pick<RevisionMeasures, 'namespace' | 'revision' | 'labels'>) {
  return {
    k8s_namespace_name: namespace,
    kn_service_name: labels['serving.knative.dev/service'] ?? '',
    kn_configuration_name: labels['serving.knative.dev/configuration'] ?? '',
    kn_revision_name: revision,
  }
}
