// Reads { files: { name: text } } and runs `tsc --noEmit` of each pinned version over them, in a folder of
// their own. Writes { compilers: [{ version, lines }] }: what each said, one entry a diagnostic.

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const { files } = JSON.parse(readFileSync(0, 'utf8'))
const folder = mkdtempSync(join(tmpdir(), 'bowline-tsc-'))
try {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  console.log(JSON.stringify({ compilers: ['typescript', 'typescript-5'].map(run) }))
} finally {
  rmSync(folder, { recursive: true })
}

function run(name) {
  const home = join(import.meta.dirname, 'node_modules', name)
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
  const ran = spawnSync(process.execPath, [join(home, 'bin', 'tsc'), '--noEmit', '--pretty', 'false'], {
    cwd: folder,
    encoding: 'utf8',
  })
  if (ran.error) throw ran.error
  // Indented lines go on about the one before.
  const lines = ran.stdout.split(/\r?\n(?! )/).filter(it => it !== '')
  return { version, status: ran.status, lines, stderr: ran.stderr }
}
