// Runs in the page, before anything of the page: when something was really shown.
// A frame counts as shown when a message posted in its animation callback arrives: style, layout
// and paint of that frame are then done on the page's thread.
{
  const shown = () =>
    new Promise((resolve) =>
      requestAnimationFrame(() => {
        const channel = new MessageChannel()
        channel.port1.onmessage = () => resolve(performance.now())
        channel.port2.postMessage(null)
      }),
    )

  const until = async (condition) => {
    for (const began = performance.now(); ; ) {
      const now = await shown()
      if (condition()) return now
      if (now - began > 30_000) throw new Error(`not shown: ${condition}`)
    }
  }

  const rows = () => [...document.querySelectorAll('ul[aria-label=Tasks] > [data-task]')]
  const rowOf = (id) => rows().find((row) => row.dataset.task === id)
  const effects = {
    titled: (id, title) => rowOf(id)?.querySelector('input:not([type])').value === title,
    gone: (id) => !rowOf(id),
    before: (id, other) => rows().indexOf(rowOf(id)) < rows().indexOf(rowOf(other)),
    unfolded: () => document.querySelector('ul[aria-label=Completed]') !== null,
    counted: (text) => document.querySelector('main').textContent.includes(text),
  }
  const slow = []
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) slow.push(entry.duration)
  }).observe({ type: 'long-animation-frame' })

  window.probe = {
    firstRows: until(() => rows().length > 0),
    saved: until(() => document.querySelector('header [role=status]')?.textContent === 'All changes saved'),

    /** From the next event of that type, as the browser stamped it, to the frame that shows its effect. */
    reaction(type, effect, ...of) {
      return new Promise((resolve) => {
        const listen = (event) =>
          resolve(until(() => effects[effect](...of)).then((now) => now - event.timeStamp))
        window.addEventListener(type, listen, { capture: true, once: true })
      })
    },

    /** The wall clock when the effect is shown, for what another process causes. */
    async arrival(effect, ...of) {
      return performance.timeOrigin + (await until(() => effects[effect](...of)))
    },

    /** For what the page does when nobody does anything. */
    nothing: async () => null,

    /** The longest frame (all work of the page between two pictures) since the last call, if over 50 ms. */
    longestFrame: () => Math.max(0, ...slow.splice(0)),

    /** Through the whole list in `frames` pictures; how long each took, and in how many no row was in the middle. */
    async scroll(frames) {
      const scroller = document.querySelector('[data-scroller]')
      const box = scroller.getBoundingClientRect()
      const times = []
      let blank = 0
      scroller.scrollTo(0, 0)
      let before = await shown()
      for (let i = 1; i <= frames; ++i) {
        scroller.scrollTo(0, ((scroller.scrollHeight - scroller.clientHeight) * i) / frames)
        const now = await shown()
        times.push(now - before)
        before = now
        const middle = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2)
        if (!middle?.closest('[data-task]')) blank += 1
      }
      return { times, blank }
    },
  }
}
