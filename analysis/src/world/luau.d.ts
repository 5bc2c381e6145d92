// What Luau itself gives in a world: its libraries without files, processes and native code.
/** What can be called on a text with `:`. */
interface LuauString {
  byte(from?: number, to?: number): number;
  /** From, to (both from 1), and what was captured. */
  find(pattern: string, from?: number, plain?: boolean): number | nil;
  format(...values: any[]): string;
  gmatch(pattern: string): () => string;
  gsub(pattern: string, by: string | { [key: string]: string } | ((match: string) => string), most?: number): string;
  len(): number;
  lower(): string;
  match(pattern: string, from?: number): string | nil;
  rep(count: number): string;
  reverse(): string;
  split(separator?: string): string[];
  sub(from: number, to?: number): string;
  unpack(text: string, from?: number): any;
  upper(): string;
}
type nil = null;
declare const string: {
  byte(text: string, from?: number, to?: number): number;
  char(...codes: number[]): string;
  find(text: string, pattern: string, from?: number, plain?: boolean): number | nil;
  format(text: string, ...values: any[]): string;
  gmatch(text: string, pattern: string): () => string;
  gsub(text: string, pattern: string, by: string | { [key: string]: string } | ((match: string) => string), most?: number): string;
  len(text: string): number;
  lower(text: string): string;
  match(text: string, pattern: string, from?: number): string | nil;
  pack(format: string, ...values: any[]): string;
  packsize(format: string): number;
  rep(text: string, count: number): string;
  reverse(text: string): string;
  split(text: string, separator?: string): string[];
  sub(text: string, from: number, to?: number): string;
  unpack(format: string, text: string, from?: number): any;
  upper(text: string): string;
};
declare const table: {
  clear(t: any): void;
  clone<T>(t: T): T;
  concat(list: any[], between?: string, from?: number, to?: number): string;
  create<T>(count: number, value?: T): T[];
  find<T>(list: T[], value: T, from?: number): number | nil;
  freeze<T>(t: T): T;
  /** `insert(list, value)` or `insert(list, at, value)`. */
  insert(list: any[], at: any, value?: any): void;
  isfrozen(t: any): boolean;
  maxn(t: any): number;
  move<T>(from: T[], first: number, last: number, at: number, to?: T[]): T[];
  pack<T>(...values: T[]): T[];
  remove<T>(list: T[], at?: number): T | nil;
  sort<T>(list: T[], before?: (a: T, b: T) => boolean): void;
  unpack<T>(list: T[], from?: number, to?: number): T;
};
declare const math: {
  readonly huge: number; readonly pi: number;
  abs(x: number): number; acos(x: number): number; asin(x: number): number; atan(x: number): number;
  atan2(y: number, x: number): number; ceil(x: number): number; clamp(x: number, low: number, high: number): number;
  cos(x: number): number; cosh(x: number): number; deg(x: number): number; exp(x: number): number;
  floor(x: number): number; fmod(x: number, y: number): number; frexp(x: number): number;
  ldexp(x: number, e: number): number; lerp(a: number, b: number, t: number): number; log(x: number, base?: number): number;
  log10(x: number): number; map(x: number, inLow: number, inHigh: number, outLow: number, outHigh: number): number;
  max(...x: number[]): number; min(...x: number[]): number; modf(x: number): number;
  noise(x: number, y?: number, z?: number): number; pow(x: number, y: number): number; rad(x: number): number;
  /** `random()` is from 0 to 1, `random(n)` from 1 to n, `random(a, b)` from a to b. */
  random(low?: number, high?: number): number;
  randomseed(seed: number): void; round(x: number): number; sign(x: number): number; sin(x: number): number;
  sinh(x: number): number; sqrt(x: number): number; tan(x: number): number; tanh(x: number): number;
};
declare const task: {
  cancel(thread: thread): void;
  defer(it: ((...values: any[]) => void) | thread, ...values: any[]): thread;
  delay(seconds: number, it: ((...values: any[]) => void) | thread, ...values: any[]): thread;
  spawn(it: ((...values: any[]) => void) | thread, ...values: any[]): thread;
  /** Waits; gives how long it was. */
  wait(seconds?: number): number;
};
/** Something that runs and can wait. */
interface thread {}
declare const coroutine: {
  close(thread: thread): boolean;
  create(it: (...values: any[]) => any): thread;
  isyieldable(): boolean;
  resume(thread: thread, ...values: any[]): boolean;
  running(): thread;
  status(thread: thread): 'running' | 'suspended' | 'normal' | 'dead';
  wrap(it: (...values: any[]) => any): (...values: any[]) => any;
  yield(...values: any[]): any;
};
declare const bit32: {
  arshift(n: number, by: number): number; band(...n: number[]): number; bnot(n: number): number;
  bor(...n: number[]): number; btest(...n: number[]): boolean; bxor(...n: number[]): number;
  byteswap(n: number): number; countlz(n: number): number; countrz(n: number): number;
  extract(n: number, at: number, width?: number): number; lrotate(n: number, by: number): number;
  lshift(n: number, by: number): number; replace(n: number, value: number, at: number, width?: number): number;
  rrotate(n: number, by: number): number; rshift(n: number, by: number): number;
};
/** Bytes. */
interface Buffer {}
declare const buffer: {
  copy(target: Buffer, at: number, source: Buffer, from?: number, count?: number): void;
  create(size: number): Buffer;
  fill(target: Buffer, at: number, value: number, count?: number): void;
  fromstring(text: string): Buffer;
  len(it: Buffer): number;
  readbits(it: Buffer, at: number, count: number): number;
  readf32(it: Buffer, at: number): number; readf64(it: Buffer, at: number): number;
  readi8(it: Buffer, at: number): number; readi16(it: Buffer, at: number): number; readi32(it: Buffer, at: number): number;
  readstring(it: Buffer, at: number, count: number): string;
  readu8(it: Buffer, at: number): number; readu16(it: Buffer, at: number): number; readu32(it: Buffer, at: number): number;
  tostring(it: Buffer): string;
  writebits(it: Buffer, at: number, count: number, value: number): void;
  writef32(it: Buffer, at: number, value: number): void; writef64(it: Buffer, at: number, value: number): void;
  writei8(it: Buffer, at: number, value: number): void; writei16(it: Buffer, at: number, value: number): void; writei32(it: Buffer, at: number, value: number): void;
  writestring(it: Buffer, at: number, text: string, count?: number): void;
  writeu8(it: Buffer, at: number, value: number): void; writeu16(it: Buffer, at: number, value: number): void; writeu32(it: Buffer, at: number, value: number): void;
};
/** The language's own vectors: `vector.create(1, 2, 3)`. */
interface LuauVector { readonly x: number; readonly y: number; readonly z: number }
declare const vector: {
  readonly one: LuauVector; readonly zero: LuauVector;
  abs(v: LuauVector): LuauVector; angle(a: LuauVector, b: LuauVector, axis?: LuauVector): number; ceil(v: LuauVector): LuauVector;
  clamp(v: LuauVector, low: LuauVector, high: LuauVector): LuauVector; create(x: number, y: number, z?: number): LuauVector;
  cross(a: LuauVector, b: LuauVector): LuauVector; dot(a: LuauVector, b: LuauVector): number; floor(v: LuauVector): LuauVector;
  magnitude(v: LuauVector): number; max(...v: LuauVector[]): LuauVector; min(...v: LuauVector[]): LuauVector;
  normalize(v: LuauVector): LuauVector; sign(v: LuauVector): LuauVector;
};
declare const utf8: {
  readonly charpattern: string;
  char(...codes: number[]): string; codepoint(text: string, from?: number, to?: number): number;
  codes(text: string): () => number; len(text: string, from?: number, to?: number): number | nil;
  offset(text: string, n: number, from?: number): number | nil;
};
declare const os: {
  /** Seconds since the script's world began. */
  clock(): number;
  difftime(later: number, earlier?: number): number;
  /** Seconds since 1970. */
  time(): number;
};
declare const debug: { info(level: any, what: string): any; traceback(message?: string): string };
declare const JSON: { parse(text: string): any; stringify(value: any): string };
declare const Date: { now(): number };
declare const _VERSION: string;
/** Fails with `message` if `value` is false or nil. */
declare function assert<T>(value: T, message?: string): T;
declare function error(message: any, level?: number): never;
declare function getmetatable(value: any): any;
declare function ipairs<T>(list: T[]): T[];
declare function next(t: any, key?: any): any;
declare function pairs<T>(t: T): T;
/** Whether it went well, then what it gave or what is wrong. */
declare function pcall(it: (...values: any[]) => any, ...values: any[]): boolean;
declare function print(...values: any[]): void;
declare function rawequal(a: any, b: any): boolean;
declare function rawget(t: any, key: any): any;
declare function rawlen(t: any): number;
declare function rawset<T>(t: T, key: any, value: any): T;
/** Another module of this app, or of `@shared/`. */
declare function require(path: string): any;
declare function select(from: number | '#', ...values: any[]): any;
declare function setmetatable<T>(t: T, meta: any): T;
declare function tonumber(value: any, base?: number): number | nil;
declare function tostring(value: any): string;
declare function type(value: any): 'nil' | 'boolean' | 'number' | 'string' | 'table' | 'function' | 'thread' | 'userdata' | 'buffer' | 'vector';
declare function unpack<T>(list: T[], from?: number, to?: number): T;
declare function warn(...values: any[]): void;
declare function xpcall(it: (...values: any[]) => any, failed: (problem: any) => any, ...values: any[]): boolean;
declare function delay(seconds: number, it: (...values: any[]) => void): thread;
declare function spawn(it: (...values: any[]) => void, ...values: any[]): thread;
declare function wait(seconds?: number): number;
/** What `fetch` gives; nothing if it fails. */
interface LuauResponse {
  readonly ok: boolean; readonly status: number; readonly statusText: string;
  readonly headers: { [name: string]: string };
  text(): string;
  json(): any;
  buffer(): Buffer;
}
/** Asks another server, and waits for the answer. */
declare function fetch(url: string, options?: { method?: string; headers?: { [name: string]: string }; body?: string }): LuauResponse;
