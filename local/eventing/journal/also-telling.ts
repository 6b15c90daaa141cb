// A journal that somebody else reads along with: telemetry makes metrics and spans of the same steps.
import type { Journal } from './journal.ts'

/** Notes in `journal`, then tells `observer`. */
export function alsoTelling(journal: Journal, observer: Journal): Journal {
  return {
    arrived(...step) {
      journal.arrived(...step)
      observer.arrived(...step)
    },
    tried(...step) {
      journal.tried(...step)
      observer.tried(...step)
    },
  }
}
