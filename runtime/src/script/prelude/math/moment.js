// `world.getTimestamp(format)`: a moment in words, by the tokens of moment.js, in English and in UTC,
// because a world that is replayed must say the same everywhere.

const MONTHS = 'January February March April May June July August September October November December'.split(' ')
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')
const MOMENT_TOKENS = /\[([^\]]*)\]|YYYYYY|YYYYY|YYYY|YY|GGGG|GG|gggg|gg|Qo|Q|MMMM|MMM|MM|Mo|M|DDDD|DDDo|DDD|DD|Do|D|dddd|ddd|dd|do|d|e|E|wo|ww|w|Wo|WW|W|HH|H|hh|h|kk|k|mm|m|ss|s|S{1,9}|A|a|ZZ|Z|zz|z|x|X|LTS|LT|LLLL|LLL|LL|L|llll|lll|ll|l|\\?./gs
const LONG = {
  LTS: 'h:mm:ss A', LT: 'h:mm A', LLLL: 'dddd, MMMM D, YYYY h:mm A', LLL: 'MMMM D, YYYY h:mm A', LL: 'MMMM D, YYYY',
  L: 'MM/DD/YYYY', llll: 'ddd, MMM D, YYYY h:mm A', lll: 'MMM D, YYYY h:mm A', ll: 'MMM D, YYYY', l: 'M/D/YYYY',
}
const DAY_MS = 86400000
const digits = (n, size) => String(n).padStart(size, '0')
function ordinal(n) {
  const tens = n % 100
  if (tens >= 11 && tens <= 13) return n + 'th'
  return n + (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')
}

// [year, number] of the week: of those beginning on Sunday with January 1 in the first, or of ISO.
function weekOf(ms, iso) {
  const day = new RealDate(ms).getUTCDay()
  // The day that says to which year the week belongs: its Thursday, or its Saturday.
  const decisive = new RealDate(ms + (iso ? 4 - (day || 7) : 6 - day) * DAY_MS)
  const year = decisive.getUTCFullYear()
  return [year, Math.floor((decisive.getTime() - RealDate.UTC(year, 0, 1)) / DAY_MS / 7) + 1]
}

function momentText(ms, format) {
  const date = new RealDate(ms)
  const [year, month, day, weekday] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), date.getUTCDay()]
  const [hour, minute, second] = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()]
  const ofYear = Math.floor((ms - RealDate.UTC(year, 0, 1)) / DAY_MS) + 1
  const twelve = hour % 12 || 12
  const one = (token, escaped) => {
    if (escaped !== undefined) return escaped
    if (token in LONG) return momentText(ms, LONG[token])
    if (/^S+$/.test(token)) return digits(date.getUTCMilliseconds(), 3).padEnd(9, '0').slice(0, token.length)
    switch (token) {
      case 'YYYYYY': return '+' + digits(year, 6)
      case 'YYYYY': return digits(year, 5)
      case 'YYYY': return digits(year, 4)
      case 'YY': return digits(year % 100, 2)
      case 'GGGG': return digits(weekOf(ms, true)[0], 4)
      case 'GG': return digits(weekOf(ms, true)[0] % 100, 2)
      case 'gggg': return digits(weekOf(ms, false)[0], 4)
      case 'gg': return digits(weekOf(ms, false)[0] % 100, 2)
      case 'Q': return String(Math.floor(month / 3) + 1)
      case 'Qo': return ordinal(Math.floor(month / 3) + 1)
      case 'MMMM': return MONTHS[month]
      case 'MMM': return MONTHS[month].slice(0, 3)
      case 'MM': return digits(month + 1, 2)
      case 'Mo': return ordinal(month + 1)
      case 'M': return String(month + 1)
      case 'DDDD': return digits(ofYear, 3)
      case 'DDDo': return ordinal(ofYear)
      case 'DDD': return String(ofYear)
      case 'DD': return digits(day, 2)
      case 'Do': return ordinal(day)
      case 'D': return String(day)
      case 'dddd': return DAYS[weekday]
      case 'ddd': return DAYS[weekday].slice(0, 3)
      case 'dd': return DAYS[weekday].slice(0, 2)
      case 'do': return ordinal(weekday)
      case 'd': case 'e': return String(weekday)
      case 'E': return String(weekday || 7)
      case 'w': return String(weekOf(ms, false)[1])
      case 'wo': return ordinal(weekOf(ms, false)[1])
      case 'ww': return digits(weekOf(ms, false)[1], 2)
      case 'W': return String(weekOf(ms, true)[1])
      case 'Wo': return ordinal(weekOf(ms, true)[1])
      case 'WW': return digits(weekOf(ms, true)[1], 2)
      case 'HH': return digits(hour, 2)
      case 'H': return String(hour)
      case 'hh': return digits(twelve, 2)
      case 'h': return String(twelve)
      case 'kk': return digits(hour || 24, 2)
      case 'k': return String(hour || 24)
      case 'mm': return digits(minute, 2)
      case 'm': return String(minute)
      case 'ss': return digits(second, 2)
      case 's': return String(second)
      case 'A': return hour < 12 ? 'AM' : 'PM'
      case 'a': return hour < 12 ? 'am' : 'pm'
      case 'Z': return '+00:00'
      case 'ZZ': return '+0000'
      case 'z': case 'zz': return 'UTC'
      case 'x': return String(ms)
      case 'X': return String(Math.floor(ms / 1000))
      default: return token.replace(/^\\/, '')
    }
  }
  return format.replace(MOMENT_TOKENS, one)
}

const mathClasses = [
  Vector3, Quaternion, Euler, Matrix4, WatchedVector, WatchedQuaternion, WatchedEuler, ObjectTurn, ObjectAngles, ObjectLayers,
  Object3D, Lerp, LerpVector3, LerpQuaternion, BufferedLerp, BufferedLerpVector3, BufferedLerpQuaternion, Keyframe, Curve, URL,
  URLSearchParams,
]
