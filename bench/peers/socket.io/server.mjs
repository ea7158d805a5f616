// A gateway as task managers have them: a document for each room, join-room and sync-state, update
// and awareness relayed to the others of the room.
// Usage: node server.mjs PORT

import { Server } from 'socket.io'
import * as Y from 'yjs'

const documents = new Map()
const documentOf = (room) => {
  if (!documents.has(room)) documents.set(room, new Y.Doc())
  return documents.get(room)
}

const io = new Server(Number(process.argv[2]), { transports: ['websocket'] })

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
console.log('listening')
