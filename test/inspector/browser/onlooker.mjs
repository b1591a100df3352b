/* Runs in the page of the inspector, on the test's behalf, beside the page's own scripts. */

/** Ids of the transitions that have flashed since now. */
globalThis.flashes = []
new MutationObserver((records) => {
  for (const { target } of records) {
    const id = target.classList.contains('is-taken') ? target.dataset.edge : undefined
    if (id !== undefined && !globalThis.flashes.includes(id)) globalThis.flashes.push(id)
  }
}).observe(document, { subtree: true, attributeFilter: ['class'] })

/** How many words a chart has, and those that stand on others or are wider than their place. */
globalThis.wordsOf = async (machine) => {
  const text = await (await fetch(`/charts/${machine}.svg`)).text()
  const { documentElement } = new DOMParser().parseFromString(text, 'image/svg+xml')
  const chart = document.body.appendChild(document.importNode(documentElement, true))
  const words = [...chart.querySelectorAll('text')].filter(({ textContent }) => textContent !== '')
  const places = words.map((word) => ({ word, at: word.getBoundingClientRect() }))
  const problems = []
  for (const [index, { word, at }] of places.entries()) {
    const home = word.parentElement.querySelector('.mark, .box').getBoundingClientRect()
    if (at.left < home.left || at.right > home.right) problems.push(`${word.textContent} leaves its place`)
    for (const { word: other, at: there } of places.slice(index + 1)) {
      const isBeside = at.right <= there.left || there.right <= at.left
      const isAboveOrBelow = at.bottom <= there.top || there.bottom <= at.top
      if (!isBeside && !isAboveOrBelow) problems.push(`${word.textContent} stands on ${other.textContent}`)
    }
  }
  chart.remove()
  return { count: words.length, problems }
}
