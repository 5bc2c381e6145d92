// Modules in shared/ can be imported by every app as '@shared/…'.
export function wave(seconds) {
  return Math.sin(seconds * 2)
}
