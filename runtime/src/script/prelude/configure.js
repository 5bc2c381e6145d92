// `app.configure`: the fields an editor shows for an app, and what its props hold at first.

const FILE_KINDS = new Set(api.fileKinds)

// The list, or a function that gives it. Shorthands become files of a kind; what is missing in the props
// gets its initial value.
function configure(fields) {
  const { props } = current
  const list = typeof fields === 'function' ? fields(props) : fields
  current.fields = Array.isArray(list) ? list.filter(it => typeof it === 'object' && it !== null) : []
  for (const field of current.fields) {
    if (FILE_KINDS.has(field.type)) {
      field.kind = field.type
      field.type = 'file'
    }
    if (field.key && field.initial !== undefined && props[field.key] === undefined) props[field.key] = field.initial
  }
}
