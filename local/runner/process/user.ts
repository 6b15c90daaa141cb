// Who a container's program runs as: the user its YAML or its image names, where the runtime may choose at all.
import type { Container } from '../../api/core/pod-spec.ts'
import { findProgram } from '../images/image-map.ts'

const setpriv = findProgram('setpriv', '/', process.env.PATH)

/**
 * The words to put before a command so that it runs as `runAsUser` and `runAsGroup`, or as the image's user. None unless
 * the runtime runs as root on Linux: nobody else may choose, and then everything runs as who started the runtime.
 */
export function userWords({ securityContext = {} }: Container, imageUser: number | undefined): string[] {
  const { runAsUser = imageUser, runAsGroup = runAsUser } = securityContext as Record<string, number | undefined>
  if (runAsUser === undefined || setpriv === undefined || process.getuid?.() !== 0) return []
  return [setpriv, '--reuid', String(runAsUser), '--regid', String(runAsGroup), '--clear-groups']
}
