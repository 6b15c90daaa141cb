// The books of the shop.

export interface Book {
  id: number
  title: string
  descriptionHtml: string
}

export const books: readonly Book[] = [
  {
    id: 0,
    title: 'The Comedy of Errors',
    descriptionHtml:
      '<a href="https://en.wikipedia.org/wiki/The_Comedy_of_Errors">Wikipedia Summary</a>: twin brothers, each with a ' +
      'servant who is a twin as well, end up in the same town without knowing of each other. One long day of mistaken ' +
      'faces follows, with beatings, a dinner behind a locked door and an arrest. It is the shortest play Shakespeare wrote.',
  },
]
