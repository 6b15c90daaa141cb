// Which real tools of clusters a test needs: without them it is skipped, except where they are required.
import { isInstalled } from '../scripts/program.ts'

/** Whether a test that calls these tools is to be skipped. In CI it is not, and fails where one is missing. */
export function lacks(...tools: readonly string[]): boolean {
  return process.env.SKIFF_TEST_REQUIRE_SERVERS !== '1' && !tools.every(isInstalled)
}
