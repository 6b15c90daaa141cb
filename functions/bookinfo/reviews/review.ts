// The reviews of a book, as they are written on the wire.

/** What a review says of its stars: how many in which colour, or why there are none. Without one there is no rating at all. */
export type Rating = { stars: number; color: string } | { error: string }

export const unavailable: Rating = { error: 'Ratings service is currently unavailable' }

const texts: readonly { reviewer: string; text: string }[] = [
  {
    reviewer: 'Reviewer1',
    text: 'Two pairs of twins, one town, and not a dull page: I laughed until the people on the train moved away.',
  },
  {
    reviewer: 'Reviewer2',
    text: 'Fun from start to end, though the confusion lasts a scene longer than it must. Not quite his best.',
  },
]

export const reviewers = texts.map(({ reviewer }) => reviewer)

export interface Source {
  podname: string
  clustername: string
}

/** The whole answer, with the blanks of the original; `ratings` by reviewer, undefined where ratings are off. */
export function reviewsText(id: number, { podname, clustername }: Source, ratings?: Record<string, Rating>): string {
  const reviews = texts.map(({ reviewer, text }) => {
    const rating = ratings ? `, "rating": ${ratingText(ratings[reviewer] ?? unavailable)}` : ''
    return `{"reviewer": "${reviewer}","text": ${JSON.stringify(text)}${rating}}`
  })
  const head = `"id": "${id}","podname": ${JSON.stringify(podname)},"clustername": ${JSON.stringify(clustername)}`
  return `{${head},"reviews": [${reviews.join(', ')}]}`
}

function ratingText(rating: Rating): string {
  if ('error' in rating) return `{"error": ${JSON.stringify(rating.error)}}`
  return `{"stars": ${rating.stars}, "color": ${JSON.stringify(rating.color)}}`
}
