// What the scenario of phoenix.yml says: real Yjs updates, as the old clients sent them.

const kRooms = 20
let clients = 0

/** Appends a character to what this client has written in the Y.Text "t"; V1, lists of integers. */
function typedCharacter(client, clock) {
  const varUint = (value) => {
    const bytes = []
    for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push(0x80 | value % 0x80)
    return [...bytes, value]
  }
  const place = clock === 0 ? [0x04, 1, 1, 0x74] : [0x84, ...varUint(client), ...varUint(clock - 1)]
  return [1, 1, ...varUint(client), ...varUint(clock), ...place, 1, 0x78, 0]
}

module.exports = {
  enter(context, events, done) {
    clients += 1
    context.vars.topic = `room:artillery-${clients % kRooms}`
    context.vars.client = 1 + Math.floor(Math.random() * 0xffffffff)
    context.vars.clock = 0
    context.vars.join = JSON.stringify(['1', '1', context.vars.topic, 'phx_join', {}])
    done()
  },
  type(context, events, done) {
    const { topic, client, clock } = context.vars
    context.vars.update = JSON.stringify(['1', 'u', topic, 'update', { data: typedCharacter(client, clock) }])
    context.vars.clock = clock + 1
    done()
  },
}
