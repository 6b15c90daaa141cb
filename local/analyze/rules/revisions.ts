// Knative Services: documents that cannot be applied twice, revisions that get lost, and scaling that never ends at zero.
import type { Service } from '../../api/serving/types.ts'
import type { Located, Rule } from '../finding.ts'
import { autoscalerClass, minScale, namespaceOf } from '../manifest-set.ts'

/** Knative fills in nothing when the name of the revision stays, and calls what is missing a change. */
export const revisionDefaults: Rule = {
  id: 'SK503',
  name: 'revision-defaults',
  severity: 'error',
  *find(set) {
    for (const about of set.knativeServices) {
      const template = about.object.spec?.template
      if (!template?.metadata?.name) continue
      const missing = (template.spec?.containers ?? []).flatMap((container, index) => {
        const path = `spec.template.spec.containers[${index}]`
        const fields = [!container.name && 'name', !container.readinessProbe && 'readinessProbe'].filter(Boolean)
        return fields.length > 0 ? [{ path, fields }] : []
      })
      for (const { path, fields } of missing) {
        yield {
          about,
          path,
          message: `the revision is named and ${fields.join(' and ')} left out: applying this file a second time is refused`,
          instead: 'name: user-container and readinessProbe: {successThreshold: 1, tcpSocket: {port: 0}}',
        }
      }
    }
  },
}

/** A document without `traffic` takes away what the one before it said. */
export const revisionTraffic: Rule = {
  id: 'SK504',
  name: 'revision-traffic',
  severity: 'warning',
  *find(set) {
    for (const about of set.knativeServices) {
      const others = set.knativeServices.filter(one => one !== about && keyOf(one) === keyOf(about))
      if (about.object.spec?.traffic?.length || !others.some(({ object }) => object.spec?.traffic?.length)) continue
      yield {
        about,
        path: 'spec',
        message:
          'other documents of this service say how traffic is split, this one does not: applying it sends everything to the latest revision',
        instead: 'the same traffic in every document of the service',
      }
    }
  },
}

/** A second document replaces the template before a revision was made of the first. */
export const revisionsInOneFile: Rule = {
  id: 'SK505',
  name: 'revisions-in-one-file',
  severity: 'warning',
  *find(set) {
    for (const about of set.knativeServices) {
      const first = set.knativeServices.find(one => one.file === about.file && keyOf(one) === keyOf(about))
      if (!first || first === about) continue
      yield {
        about,
        path: 'metadata.name',
        message: `this file has a document of the service already (line ${first.locate('').line}): applied at once, the revision of one of them may never be made`,
        instead: 'a file a revision, each applied when the one before is Ready',
      }
    }
  },
}

/** A revision that a route names stays reachable, and keeps its instances. */
export const minScaleWithoutTraffic: Rule = {
  id: 'SK506',
  name: 'min-scale-without-traffic',
  severity: 'warning',
  *find(set) {
    for (const about of set.knativeServices) {
      const { name, annotations: written = {} } = about.object.spec?.template?.metadata ?? {}
      const least = Number(written[minScale] ?? 0)
      if (!name || !(least > 0)) continue
      const last = set.knativeServices.findLast(one => keyOf(one) === keyOf(about)) ?? about
      const targets = (last.object.spec?.traffic ?? []).filter(one => one.revisionName === name)
      if (targets.length === 0 || targets.some(({ percent = 0 }) => percent > 0)) continue
      yield {
        about,
        path: 'spec.template.metadata.annotations',
        message: `${name} gets 0 % of the requests and is kept by its tag: its ${least} instances run all the same`,
        instead: 'min-scale on revisions that have traffic',
      }
    }
  },
}

export const neverZero: Rule = {
  id: 'SK507',
  name: 'never-zero',
  severity: 'warning',
  *find(set) {
    for (const about of set.knativeServices) {
      const written = about.object.spec?.template?.metadata?.annotations ?? {}
      if (!written[autoscalerClass]?.startsWith('hpa.')) continue
      yield {
        about,
        path: `spec.template.metadata.annotations.${autoscalerClass}`,
        message: 'the HPA class never scales to zero, and needs a resource metric to scale at all',
        instead: 'kpa.autoscaling.knative.dev, the default, unless CPU or memory has to decide',
      }
    }
  },
}

const keyOf = ({ object }: Located<Service>) => `${namespaceOf(object)}/${object.metadata.name}`
