// Waiting for conditions, never for time: every wait ends as soon as it can and names what it
// waited for when it cannot.

export const kPatience = 15_000 // ms; far above what anything here takes, so that slow machines pass

/** Resolves once `condition()`, perhaps a promise, is truthy, with its value; rejects after `within` ms. */
export function until(condition, what, within = kPatience) {
  const end = performance.now() + within
  return new Promise((resolve, reject) => {
    const look = async () => {
      let value
      try {
        value = await condition()
      } catch (error) {
        return reject(error)
      }
      if (value) return resolve(value)
      if (performance.now() > end) return reject(new Error(`waited ${within} ms for ${what}`))
      setTimeout(look, 4)
    }
    look()
  })
}

/** The promise's value, or a rejection naming `what` after `within` ms. */
export async function soon(promise, what, within = kPatience) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${within} ms for ${what}`)), within)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
