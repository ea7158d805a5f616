// A gateway as the old server had it: a document for each room; join-room is answered with sync-state;
// update and awareness are relayed to the others of the room.

/** Serves the documents of `Y` on a Socket.IO server. */
export function serveDocuments(io, Y) {
  const documents = new Map()
  const documentOf = (room) => {
    if (!documents.has(room)) documents.set(room, new Y.Doc())
    return documents.get(room)
  }
  io.on('connection', (socket) => {
    let room
    socket.on('join-room', (name) => {
      room = name
      socket.join(room)
      socket.emit('sync-state', Buffer.from(Y.encodeStateAsUpdate(documentOf(room))))
    })
    socket.on('update', (update) => {
      if (room === undefined) return
      Y.applyUpdate(documentOf(room), new Uint8Array(update))
      socket.to(room).emit('update', update)
    })
    socket.on('awareness', (state) => {
      if (room !== undefined) socket.to(room).emit('awareness', state)
    })
  })
}
