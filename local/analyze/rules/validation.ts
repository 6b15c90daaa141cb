// What Istio's own validation says aloud and lets pass.
import { validationWarnings } from '../../api/istio/kinds.ts'
import type { Rule } from '../finding.ts'

export const istioWarning: Rule = {
  id: 'SK002',
  name: 'istio-warning',
  severity: 'warning',
  *find({ all }) {
    for (const about of all) {
      for (const { path, message } of validationWarnings(about.object)) yield { about, path, message, instead: '' }
    }
  },
}
