// Which revisions are asked for soon after another one woke: learned from earlier wake-ups, so that a chain of cold
// functions starts in parallel.

/** What is remembered, as JSON. */
export interface ForecastMemory {
  revisions: Record<string, { wakes: number; followers: Record<string, number> }>
}

interface Episode {
  revision: string
  until: number
  seen: Set<string>
}

const soonMs = 2_000
const mostRevisions = 512
const mostFollowers = 32
// Old habits fade: beyond so many wake-ups all counts are halved.
const mostWakes = 16

/** Keys are any names, such as `namespace/revision`; times in milliseconds. */
export class Forecast {
  readonly #revisions = new Map<string, { wakes: number; followers: Map<string, number> }>()
  #open: Episode[] = []

  static from(memory: ForecastMemory): Forecast {
    const forecast = new Forecast()
    for (const [revision, { wakes, followers }] of Object.entries(memory.revisions ?? {}))
      forecast.#revisions.set(revision, { wakes, followers: new Map(Object.entries(followers)) })
    return forecast
  }

  /** A request woke `revision` from zero. Returns those asked for within two seconds in at least half of its wakes. */
  woken(revision: string, now: number): string[] {
    this.asked(revision, now)
    const known = this.#revisions.get(revision) ?? { wakes: 0, followers: new Map<string, number>() }
    const likely = [...known.followers].filter(([, count]) => count * 2 >= known.wakes).map(([follower]) => follower)
    known.wakes++
    if (known.wakes > mostWakes) halve(known)
    // Set anew, so that the map's order is that of the last wake.
    this.#revisions.delete(revision)
    this.#revisions.set(revision, known)
    const [oldest] = this.#revisions.keys()
    if (this.#revisions.size > mostRevisions && oldest) this.#revisions.delete(oldest)
    this.#open.push({ revision, until: now + soonMs, seen: new Set([revision]) })
    return likely
  }

  /** A request asked for `revision`: it follows every revision woken within the last two seconds. Cheap when none was. */
  asked(revision: string, now: number): void {
    if (this.#open.length === 0) return
    this.#open = this.#open.filter(episode => episode.until >= now)
    for (const episode of this.#open) this.#follow(episode, revision)
  }

  toJSON(): ForecastMemory {
    const revisions = [...this.#revisions].map(([revision, { wakes, followers }]) => [
      revision,
      { wakes, followers: Object.fromEntries(followers) },
    ])
    return { revisions: Object.fromEntries(revisions) }
  }

  #follow({ revision, seen }: Episode, follower: string): void {
    const followers = this.#revisions.get(revision)?.followers
    if (!followers || seen.has(follower) || (followers.size >= mostFollowers && !followers.has(follower))) return
    seen.add(follower)
    followers.set(follower, (followers.get(follower) ?? 0) + 1)
  }
}

function halve(known: { wakes: number; followers: Map<string, number> }): void {
  known.wakes = Math.ceil(known.wakes / 2)
  for (const [follower, count] of known.followers) {
    if (count < 2) known.followers.delete(follower)
    else known.followers.set(follower, Math.ceil(count / 2))
  }
}
