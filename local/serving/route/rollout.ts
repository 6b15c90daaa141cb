// Gradual rollout: how traffic moves from an old latest revision to a new one, as pure functions of the time.

/** Kept as JSON in an annotation of the Ingress; times are nanoseconds since the epoch. */
export interface Rollout {
  /** Sorted by tag, then by name. */
  configurations?: ConfigurationRollout[]
}

export interface ConfigurationRollout {
  configurationName: string
  /** Absent for the main host. */
  tag?: string
  /** What the revisions sum to: a share of the route's traffic. */
  percent: number
  /** From the oldest to the newest; one when no rollout is under way. */
  revisions?: RevisionShare[]
  stepParams: StepParams
}

export interface RevisionShare {
  revisionName: string
  percent: number
}

export interface StepParams {
  starttime?: number
  nextStepTime?: number
  stepDuration?: number
  /** Percent moved at a time; absent until the ingress was seen ready with the first percent. */
  stepSize?: number
}

const nanosPerSecond = 1e9

/** True when no traffic is on its way. */
export function isDone(rollout: Rollout): boolean {
  return (rollout.configurations ?? []).every(one => sharesOf(one).length < 2)
}

/** The rollout written in an annotation; undefined when there is none or it makes no sense. */
export function parseRollout(text: string | undefined): Rollout | undefined {
  if (!text) return undefined
  try {
    const rollout = JSON.parse(text) as Rollout
    return (rollout.configurations ?? []).every(isSound) ? rollout : undefined
  } catch {
    return undefined
  }
}

function isSound(one: ConfigurationRollout): boolean {
  const { stepSize = 0 } = one.stepParams
  const sum = sharesOf(one).reduce((total, share) => total + share.percent, 0)
  return one.percent <= 100 && stepSize >= 0 && stepSize <= one.percent && sum === one.percent
}

/** Sorted by tag and name, and without what is empty, so that the same rollout is always the same text. */
export function rolloutOf(configurations: ConfigurationRollout[]): Rollout {
  const order = (one: ConfigurationRollout) => `${one.tag ?? ''}\0${one.configurationName}`
  const sorted = [...configurations].sort((a, b) => (order(a) < order(b) ? -1 : 1))
  return sorted.length > 0 ? { configurations: sorted } : {}
}

/**
 * Once the ingress serves the first percent, the pace is set: a step takes at least as long as that first one took,
 * moves at least one percent, and all steps together take `durationSeconds`.
 */
export function observeReady(rollout: Rollout, now: number, durationSeconds: number): Rollout {
  const configurations = (rollout.configurations ?? []).map(one => {
    const { starttime, stepDuration } = one.stepParams
    return starttime !== undefined && !stepDuration
      ? { ...one, stepParams: pace(one, starttime, now, durationSeconds) }
      : one
  })
  return rolloutOf(configurations)
}

function pace({ percent }: ConfigurationRollout, starttime: number, now: number, durationSeconds: number): StepParams {
  const firstStep = Math.max(1, Math.ceil((now - starttime) / nanosPerSecond))
  const left = Math.max(1, durationSeconds - firstStep)
  const steps = Math.min(Math.max(1, left / firstStep), percent - 1)
  const stepDuration = Math.trunc((left / steps) * nanosPerSecond)
  return { starttime, nextStepTime: now + stepDuration, stepDuration, stepSize: Math.round((percent - 1) / steps) }
}

/**
 * The rollout that should hold at `now`, from what the route asks for and what held before. `nextAt` is when to look
 * again, in nanoseconds since the epoch; undefined when nothing is scheduled.
 */
export function stepRollout(
  wanted: Rollout,
  before: Rollout | undefined,
  now: number,
): { rollout: Rollout; nextAt?: number } {
  const earlier = before?.configurations ?? []
  if (earlier.length === 0) return { rollout: wanted }
  const stepped = (wanted.configurations ?? []).map(goal => {
    const old = earlier.find(one => one.configurationName === goal.configurationName && one.tag === goal.tag)
    // A single percent cannot be split; a target new to the route has nothing to come from.
    return old && goal.percent > 1 ? stepConfiguration(goal, old, now) : goal
  })
  const times = stepped.map(one => one.stepParams.nextStepTime ?? 0).filter(time => time > 0)
  return { rollout: rolloutOf(stepped), ...(times.length > 0 ? { nextAt: Math.min(...times) } : {}) }
}

function stepConfiguration(
  goal: ConfigurationRollout,
  before: ConfigurationRollout,
  now: number,
): ConfigurationRollout {
  const newest = sharesOf(goal)[0]
  const shares = resize(sharesOf(before), goal.percent - before.percent)
  const last = shares.at(-1)
  if (!newest || !last) return goal
  if (last.revisionName !== newest.revisionName) return begin(goal, shares, newest, now)
  if (shares.length < 2) return goal
  return advance({ ...goal, revisions: shares, stepParams: before.stepParams }, now)
}

/** A share that grows goes to the newest revision; one that shrinks is taken from the oldest ones. */
function resize(shares: RevisionShare[], difference: number): RevisionShare[] {
  if (difference >= 0) {
    return shares.map((one, index) =>
      index === shares.length - 1 ? { ...one, percent: one.percent + difference } : one,
    )
  }
  return takeFromOldest(shares, -difference)
}

function takeFromOldest(shares: RevisionShare[], amount: number): RevisionShare[] {
  let left = amount
  const reduced = shares.map(one => {
    const taken = Math.min(left, one.percent)
    left -= taken
    return { ...one, percent: one.percent - taken }
  })
  return reduced.filter(one => one.percent > 0)
}

/** A new revision gets its first percent from the newest one before it. */
function begin(
  goal: ConfigurationRollout,
  shares: RevisionShare[],
  newest: RevisionShare,
  now: number,
): ConfigurationRollout {
  const givers = takeFromOldest([...shares].reverse(), 1).reverse()
  return { ...goal, revisions: [...givers, { ...newest, percent: 1 }], stepParams: { starttime: now } }
}

/** One step when it is due: from the revisions nearest to the newest, to the newest. */
function advance(current: ConfigurationRollout, now: number): ConfigurationRollout {
  const { stepSize = 0, stepDuration = 0, nextStepTime = 0 } = current.stepParams
  if (stepSize === 0 || now < nextStepTime) return current
  const shares = sharesOf(current)
  const newest = shares.at(-1)
  if (!newest) return current
  const givers = takeFromOldest(shares.slice(0, -1).reverse(), stepSize).reverse()
  const grown = { ...newest, percent: Math.min(newest.percent + stepSize, current.percent) }
  if (givers.length === 0) return { ...current, revisions: [{ ...grown, percent: current.percent }], stepParams: {} }
  return {
    ...current,
    revisions: [...givers, grown],
    stepParams: { ...current.stepParams, nextStepTime: now + stepDuration },
  }
}

/** The shares of a configuration, oldest first. */
export function sharesOf({ revisions }: ConfigurationRollout): RevisionShare[] {
  return revisions ?? []
}
