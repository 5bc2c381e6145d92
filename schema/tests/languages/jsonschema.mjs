// Reads { schema, entities } and validates each entity, by ajv in its strict mode. Writes { said }: per
// entity what is wrong with it.

import { readFileSync } from 'node:fs'
import Ajv2020 from 'ajv/dist/2020.js'

const { schema, entities } = JSON.parse(readFileSync(0, 'utf8'))
const ajv = new Ajv2020({ strict: true, allErrors: true })
const valid = ajv.compile(schema)
const wrong = () => valid.errors.map(it => `${it.instancePath} ${it.message} ${JSON.stringify(it.params)}`)
console.log(JSON.stringify({ said: entities.map(it => (valid(it) ? ['valid'] : wrong())) }))
