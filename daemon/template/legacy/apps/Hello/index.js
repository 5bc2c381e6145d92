import { greeting } from './lib/greeting.js'

// The older way to write an app: no default export, the file is the inside of the function. Imports
// come first; `world`, `app`, `fetch`, `props` and `setTimeout` are there.
console.log(greeting(props.name))
