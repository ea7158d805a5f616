// Hocuspocus as its documentation starts it, without log lines.
// Usage: node server.mjs PORT [DATABASE]      with a file the SQLite extension keeps documents in it

import { Server } from '@hocuspocus/server'

const [port, database] = process.argv.slice(2)
const extensions = []
if (database) {
  const { SQLite } = await import('@hocuspocus/extension-sqlite')
  extensions.push(new SQLite({ database }))
}
const server = new Server({ port: Number(port), address: '127.0.0.1', quiet: true, extensions })
await server.listen()
console.log('listening')
