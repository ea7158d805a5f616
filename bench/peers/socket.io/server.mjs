// Usage: node server.mjs PORT

import { Server } from 'socket.io'
import * as Y from 'yjs'
import { serveDocuments } from './gateway.mjs'

serveDocuments(new Server(Number(process.argv[2]), { transports: ['websocket'] }), Y)
console.log('listening')
