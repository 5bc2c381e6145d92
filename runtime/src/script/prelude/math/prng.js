// `prng(seed)`: the numbers every peer of every world of the family draws from a seed. A shift register
// of 31 bits with taps at 31 and 28; the first 620 bits are thrown away.

const REGISTER_BITS = 31
const DEFAULT_SEED = 149304961039362642461

function prng(seed) {
  let register = (seed || DEFAULT_SEED) & 0x7fffffff
  const bit = () => {
    const next = (register ^ (register >> 3)) & 1
    register = (register >> 1) | (next << (REGISTER_BITS - 1))
    return next
  }
  const bits = count => {
    let drawn = 0
    for (let i = 0; i < count; i++) drawn = (drawn << 1) | bit()
    return drawn
  }
  bits(20 * REGISTER_BITS)
  // As many bits as the span has, until they are within it. `~~` because that is how the others round.
  const within = (low, high) => {
    if (!high) [low, high] = [0, low]
    if (low > high) [low, high] = [high, low]
    const span = high - low, width = ~~(Math.log(span) / Math.LN2) + 1
    let drawn
    do drawn = bits(width)
    while (drawn > span)
    return drawn + low
  }
  return (min, max, dp = 0) => {
    if (max === undefined) [min, max] = [0, min]
    if (min > max) [min, max] = [max, min]
    if (!(dp > 0)) return within(min, max)
    const scale = 10 ** dp
    return within(Math.ceil(min * scale), Math.floor(max * scale)) / scale
  }
}
