// For folders beside this one, which have no packages of their own: the same yjs as here, since two
// copies would not know each other's documents.
export * from 'yjs'
