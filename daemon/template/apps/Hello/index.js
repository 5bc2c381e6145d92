import { greeting } from './lib/greeting.js'

// Runs once for every Hello that stands in the world. Change the text in lib/greeting.js while
// `bowline dev` runs, save, and look at `bowline logs Hello`.
export default (world, app, fetch, props, setTimeout) => {
  console.log(greeting(props.name))
}
